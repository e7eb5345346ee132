"""What the tests need and Debian has, installed where that can be done."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

INSTALL_SECONDS = 900


class NotInstallable(Exception):
    """Why not."""


def install(package: str, say: Callable[[str], None]) -> None:
    """With apt-get, as root on Debian; said, because it takes a while and changes the machine."""
    if os.geteuid() != 0 or not Path("/etc/debian_version").exists() or not shutil.which("apt-get"):
        raise NotInstallable("as root on Debian it would be installed with apt")
    say(f"{package} is not here: installing Debian's with apt-get, for the tests")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    for arguments in (["update"], ["install", "-y", "--no-install-recommends", package]):
        done = subprocess.run(
            ["apt-get", "-q", *arguments],
            env=environment,
            timeout=INSTALL_SECONDS,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise NotInstallable(f"apt-get {arguments[0]} failed: {done.stderr[-500:]}")
