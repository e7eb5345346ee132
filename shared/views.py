"""What people and programs are shown of jobs and content: REST answers and live frames alike."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.jobs import JobStatus, JobType


class View(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class JobError(View):
    code: str
    message: str
    node_id: str | None = None
    node_type: str | None = None
    retryable: bool = False


class WaitingFor(View):
    """Why a pending job is not with a worker, in a sentence for people."""

    kind: Literal["worker", "model", "comfyui", "retry"]
    detail: str


class JobView(View):
    id: UUID
    job_type: JobType
    status: JobStatus
    prompt: str
    negative_prompt: str
    params: dict[str, Any]
    tags: list[str]
    priority: int
    attempt: int
    queue_position: int | None = None
    waiting_for: WaitingFor | None = None
    progress: float | None = None
    content_id: int | None = None
    content_deleted_at: datetime | None = None
    image_url: str | None = None
    thumbnail_url: str | None = None
    error: JobError | None = None
    warnings: list[str]
    retry_of: UUID | None = None
    version: int
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    updated_at: datetime


class ContentView(View):
    id: int
    job_id: UUID | None
    content_type: JobType
    title: str
    prompt: str
    negative_prompt: str
    params: dict[str, Any]
    tags: list[str]
    rating: int | None
    is_favorite: bool
    mime_type: str
    byte_size: int
    sha256: str
    width: int | None
    height: int | None
    file_missing: bool
    image_url: str | None
    thumbnail_url: str | None
    thumbnails: dict[str, str]  # small, medium, large → address
    version: int
    created_at: datetime


def image_url(content_id: int, sha256: str) -> str:
    return f"/api/v1/content-items/{content_id}/image?v={sha256[:8]}"


def thumbnail_url(content_id: int, size: str, sha256: str) -> str:
    return f"/api/v1/content-items/{content_id}/thumbnail/{size}?v={sha256[:8]}"
