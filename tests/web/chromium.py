"""Debian's Chromium: the one that is here, else one from apt."""

import shutil
from collections.abc import Callable
from pathlib import Path

from tests.infrastructure.debian_packages import NotInstallable, install

PACKAGE = "chromium"
USUAL = Path("/usr/bin/chromium")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class NoChromium(Exception):
    """Why the tests that need a browser cannot run here."""


def chromium(say: Callable[[str], None]) -> Path:
    found = _installed()
    if found is not None:
        return found
    try:
        install(PACKAGE, say)
    except NotInstallable as error:
        raise NoChromium(f"there is no Chromium here ({error})") from error
    found = _installed()
    if found is None:
        raise NoChromium("chromium was installed with apt, but is not where it should be")
    return found


def _installed() -> Path | None:
    if USUAL.exists():
        return USUAL
    found = shutil.which(PACKAGE)
    return Path(found) if found else None
