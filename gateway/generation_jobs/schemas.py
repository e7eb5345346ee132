"""What clients send and receive about jobs; a job itself is shared.views.JobView."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from gateway.input import Input, Moment, Search, Tags, WithoutNul
from gateway.pages import PageQuery
from shared.jobs import JobStatus, JobType
from shared.workflows.values import LONGEST_TEXT

Prompt = Annotated[str, Field(max_length=LONGEST_TEXT), WithoutNul]
JobTypeName = Literal["text", "image", "video", "audio"]


class JobRequest(Input):
    """`params` are those of the workflow: GET /api/v1/workflows describes them."""

    job_type: JobTypeName = "image"
    prompt: Prompt
    negative_prompt: Prompt = ""
    params: dict[str, Any] = Field(default_factory=dict)
    priority: int = Field(default=0, ge=-10, le=10)
    tags: Tags = Field(default_factory=list)


class JobsQuery(PageQuery):
    status: list[JobStatus] = Field(default_factory=list, max_length=20)
    job_type: JobType | None = None
    q: Search | None = None
    created_after: Moment | None = None
    created_before: Moment | None = None


class JobEventView(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    version: int
    type: str
    at: datetime
    attempt: int
    worker_id: str | None
    detail: dict[str, Any] | None
