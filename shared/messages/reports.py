"""Worker (and content) → others: what was seen. Never a status; that only the database has."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.jobs import FailureCode, JobId, Phase
from shared.messages.base import Message

Fraction = Annotated[float, Field(ge=0, le=1)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Claim(Message):
    """worker → dispatcher: may I begin? Asked again every 5 s until `go` or `drop` comes."""

    type: Literal["claim"] = "claim"
    v: Literal[1] = 1
    worker_id: str
    job_id: JobId
    attempt: int
    claim_id: UUID | None = None  # repeated by `go`; None: of an earlier release


class Failed(Message):
    """worker or content → dispatcher: this attempt failed. The dispatcher decides what follows."""

    type: Literal["failed"] = "failed"
    v: Literal[1] = 1
    worker_id: str | None  # None: content found it, in an output of this attempt
    job_id: JobId
    attempt: int
    code: FailureCode
    message: str
    node_id: str | None = None
    node_type: str | None = None
    seen_running: bool = False  # this prompt was seen in ComfyUI's queue_running
    previous_succeeded: bool = False  # the worker's job before it succeeded
    ailing: bool = False  # this ComfyUI fails everything: do not blame the job


class Output(Message):
    """worker → content: the bytes are in the media store. Repeated every minute until `drop`."""

    type: Literal["output"] = "output"
    v: Literal[1] = 1
    worker_id: str
    job_id: JobId
    attempt: int
    storage_key: str
    byte_size: int
    sha256: Sha256
    params: dict[str, Any]  # as really used
    warnings: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()  # `simulated`, where a simulator drew it


class HeldAttempt(BaseModel):
    model_config = ConfigDict(frozen=True)

    job_id: JobId
    attempt: int
    phase: Phase
    progress: Fraction | None = None


class Heartbeat(Message):
    """worker → dispatcher, at every change and every 5 s. Expires in the broker after 15 s.

    `seq` goes up by one within an instance; one that is not newer than the last seen is ignored.
    """

    type: Literal["heartbeat"] = "heartbeat"
    v: Literal[1] = 1
    worker_id: str
    instance_id: UUID
    seq: int
    accepting: bool
    reason: str | None = None  # a sentence for people: why it accepts nothing, or is ailing
    ahead: int = Field(ge=0, le=1000)  # jobs it wants beyond the two that ComfyUI holds
    needs_yours: bool = False
    offers_digest: str = ""
    offers: dict[str, Any] | None = None  # shared.workflows Offers; when changed, and now and then
    loaded_checkpoint: str | None = None
    comfyui: dict[str, Any] = Field(default_factory=dict)  # url, version, device, simulated
    attempts: tuple[HeldAttempt, ...] = ()
    reads: tuple[str, ...] = ("generate/1", "go/1", "drop/1", "yours/1")


class Progress(Message):
    """worker → every notifier: a moment, not history. Newest wins."""

    type: Literal["progress"] = "progress"
    v: Literal[1] = 1
    job_id: JobId
    user_id: UUID
    attempt: int
    value: Fraction
    step: int | None = None
    steps: int | None = None
    node: str | None = None
