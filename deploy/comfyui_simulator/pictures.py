"""What an IMAGE is before anybody paints it: a recipe, so that a graph costs nothing to run."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Solid:
    width: int
    height: int
    color: int


@dataclass(frozen=True)
class Dream:
    """What a sampler made of a text: the same words, seed and model give the same picture."""

    width: int
    height: int
    text: str
    negative_text: str
    seed: int
    checkpoint: str
    style: str
    """Everything else that shapes the picture: LoRAs, sampler, steps, cfg, place in the batch."""


@dataclass(frozen=True)
class Loaded:
    path: Path
    width: int
    height: int


@dataclass(frozen=True)
class Scaled:
    source: "Picture"
    width: int
    height: int


@dataclass(frozen=True)
class Inverted:
    source: "Picture"

    @property
    def width(self) -> int:
        return self.source.width

    @property
    def height(self) -> int:
        return self.source.height


@dataclass(frozen=True)
class Blended:
    first: "Picture"
    second: "Picture"
    factor: float

    @property
    def width(self) -> int:
        return self.first.width

    @property
    def height(self) -> int:
        return self.first.height


Picture = Solid | Dream | Loaded | Scaled | Inverted | Blended
