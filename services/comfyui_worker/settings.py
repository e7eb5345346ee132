"""The worker's settings, and how long it waits for what."""

import re
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from shared.settings import BrokerSettings, MediaSettings, ProcessSettings, WorkflowSettings

# A topic key is split at dots, and `*` and `#` would catch what is meant for others.
_WORKER_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def named_like_this_machine() -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "-", socket.gethostname())[:64] or "worker"


def _a_worker_id(text: str) -> str:
    if not _WORKER_ID.fullmatch(text):
        raise ValueError("WORKER_ID must be 1 to 64 letters, digits, - or _")
    return text


def _one_comfyui(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("COMFYUI_URL must be like http://127.0.0.1:8188")
    return text.rstrip("/")


@dataclass(frozen=True)
class Timing:
    """Seconds, by the design; tests shrink them."""

    quick_poll: float = 0.05  # of ComfyUI's queue, right after something changed …
    slow_poll: float = 1.0  # … easing off to this
    request: float = 10.0  # for one answer of ComfyUI
    download: float = 120.0  # for one file, or the description of all nodes
    probe: float = 5.0  # between questions to a ComfyUI that nothing was asked of meanwhile
    describe: float = 60.0  # between readings of what it offers
    claim_again: float = 5.0
    output_again: float = 60.0
    tidy: float = 0.25  # what piles up meanwhile is deleted at once
    heartbeat: float = 5.0
    heartbeat_apart: float = 0.1  # between two that tell of changes
    offers_while_new: float = 15.0  # how long they are sent …
    offers_apart: float = 1.0  # … this often, and afterwards
    offers_again: float = 30.0
    late_submit: float = 5.0  # how long a submit whose answer was lost may still take effect
    unreachable: float = 60.0
    stuck: float = 300.0  # after the first interrupt
    interrupt_patience: float = 30.0  # a checkpoint being loaded hears no interrupt
    busy: float = 600.0  # behind somebody else's prompt
    torn_file: float = 3.0  # how long a file may still be growing after it was listed
    first_ailing_pause: float = 10.0
    longest_ailing_pause: float = 600.0
    longest_backoff: float = 30.0
    watchman: float = 0.5  # between looks at how long things have been as they are


class Settings(ProcessSettings, BrokerSettings, MediaSettings, WorkflowSettings):
    # The one ComfyUI that this worker feeds, never a balanced name.
    comfyui_url: Annotated[str, AfterValidator(_one_comfyui)] = "http://127.0.0.1:8188"
    # Stays the same over restarts: this worker finds its jobs again by it.
    worker_id: Annotated[str, AfterValidator(_a_worker_id)] = Field(
        default_factory=named_like_this_machine
    )
    # Jobs it wants beyond the two that ComfyUI holds; more where jobs take milliseconds.
    worker_ahead: int = Field(default=2, ge=0, le=1000)
    # Between SIGTERM and the end; below what the container's runtime grants (Docker: 10).
    worker_grace_seconds: float = Field(default=8.0, gt=0)
    # ComfyUI's output directory, where it is mounted here; otherwise files come over /view.
    comfyui_output_dir: Path | None = None
    # Delete a job's folder there once the job is over; the mount must be writable.
    comfyui_output_clean: bool = False
    worker_timing: Timing = Timing()
