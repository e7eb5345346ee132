"""What was measured, told at the end of the run; no test asserts a time."""

from dataclasses import dataclass, field

import pytest


@dataclass
class Figures:
    told: dict[str, str] = field(default_factory=dict)

    def tell(self, what: str, figure: str, *, aim: str) -> None:
        self.told[what] = f"{figure} (aim: {aim})"

    def lines(self) -> list[str]:
        width = max((len(what) for what in self.told), default=0)
        return [f"{what:<{width}}  {figure}" for what, figure in self.told.items()]


FIGURES = pytest.StashKey[Figures]()
