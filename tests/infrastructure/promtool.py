"""Prometheus's own tester of rules: the one that is here, else Debian's."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.infrastructure.debian_packages import NotInstallable, install

PACKAGE, COMMAND = "prometheus", "promtool"


class NoPromtool(Exception):
    """Why the rules cannot be tested here."""


class Promtool:
    def __init__(self, say: Callable[[str], None]) -> None:
        """Raises NoPromtool."""
        if shutil.which(COMMAND) is None:
            try:
                install(PACKAGE, say)
            except NotInstallable as error:
                raise NoPromtool(f"there is no promtool here ({error})") from error

    def says(self, *arguments: str | Path) -> str:
        """What it prints. An AssertionError shows it, where it is not content."""
        done = subprocess.run(
            [COMMAND, *arguments], capture_output=True, text=True, timeout=60, check=False
        )
        said = done.stdout + done.stderr
        assert done.returncode == 0, said
        return said
