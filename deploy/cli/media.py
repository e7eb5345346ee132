"""The media store that a command works on: MEDIA_URL, else that of `darkroom run`."""

import os
from pathlib import Path

from shared.settings import given


def media_url() -> str:
    """Of MEDIA_URL, or of its file, as the services read it."""
    data_dir = Path(os.environ.get("DATA_DIR") or ".darkroom")
    return given("MEDIA_URL") or str(data_dir / "media")
