"""Dispatcher → worker: one durable command and three controls that are repeated by need."""

from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.jobs import JobId
from shared.messages.base import Message


class AttemptRef(BaseModel):
    """One attempt of one job: it belongs to one worker for ever, so it is a fencing token too."""

    model_config = ConfigDict(frozen=True)

    job_id: JobId
    attempt: int


class Generate(Message):
    """Make this image. The job is the worker's from the assignment on, not from this message."""

    type: Literal["generate"] = "generate"
    v: Literal[1] = 1
    worker_id: str
    job_id: JobId
    attempt: int
    user_id: UUID
    workflow: str
    prompt: str
    negative_prompt: str
    params: dict[str, Any]
    timeout_s: int


class Go(Message):
    """The claim of this id was granted: submit. Whoever waits for another one ignores it."""

    type: Literal["go"] = "go"
    v: Literal[1] = 1
    worker_id: str
    job_id: JobId
    attempt: int
    claim_id: UUID | None = None
    is_first: bool = False  # nobody was told to go before: this prompt can be nowhere


class Drop(Message):
    """Whatever you hold of this attempt, end it in ComfyUI and forget it. For ever."""

    type: Literal["drop"] = "drop"
    v: Literal[1] = 1
    worker_id: str
    job_id: JobId
    attempt: int


class Yours(Message):
    """All attempts of unfinished jobs with this worker id, for the instance that asked."""

    type: Literal["yours"] = "yours"
    v: Literal[1] = 1
    worker_id: str
    instance_id: UUID
    attempts: tuple[AttemptRef, ...]


Control = Go | Drop | Yours
