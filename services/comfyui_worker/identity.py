"""What one attempt is called in ComfyUI: its prompt id, its folder, the mark on its prompt.

All of it follows from job and attempt, so that a restarted worker finds its prompts again and
never submits a second one.
"""

from typing import Any
from uuid import UUID, uuid5

from pydantic import BaseModel, ConfigDict, ValidationError

from shared.jobs import JobId
from shared.messages import AttemptRef

_PROMPTS = UUID("6f1cbb0c-6a8f-5d0e-9b5e-3d3b0c6f7a11")
MARK_KEY = "darkroom"  # in a prompt's extra_data
FILE_STEM = "image"


class Mark(BaseModel):
    """Whose prompt it is."""

    model_config = ConfigDict(frozen=True)

    worker: str
    job: UUID
    attempt: int

    @property
    def ref(self) -> AttemptRef:
        return AttemptRef(job_id=JobId(self.job), attempt=self.attempt)


def prompt_id_of(ref: AttemptRef) -> str:
    """A canonical lower-case UUID, which newer ComfyUIs insist on."""
    return str(uuid5(_PROMPTS, f"{ref.job_id}/{ref.attempt}"))


def folder_of(ref: AttemptRef) -> str:
    """Below ComfyUI's output directory; one for each attempt, so its files are told apart."""
    return f"darkroom/{ref.job_id}-{ref.attempt}"


def prefix_of(ref: AttemptRef) -> str:
    return f"{folder_of(ref)}/{FILE_STEM}"


def mark_of(ref: AttemptRef, worker_id: str) -> dict[str, Any]:
    mark = Mark(worker=worker_id, job=ref.job_id, attempt=ref.attempt)
    return mark.model_dump(mode="json")


def read_mark(extra_data: object) -> Mark | None:
    if not isinstance(extra_data, dict):
        return None
    try:
        return Mark.model_validate(extra_data.get(MARK_KEY))
    except ValidationError:
        return None
