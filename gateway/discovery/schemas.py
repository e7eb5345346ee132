"""What clients are shown of workflows, models, workers and how things go."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from gateway.input import Input
from shared.jobs import JobType
from shared.views import ContentView


class WorkflowView(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    name: str
    title: str
    description: str
    job_type: JobType
    timeout_s: int
    params_schema: dict[str, Any]  # JSON Schema, with defaults


class ModelsView(BaseModel):
    """By kind, as the live workers report them; other kinds of model may follow."""

    model_config = ConfigDict(extra="allow")

    checkpoints: list[str] = []
    loras: list[str] = []
    samplers: list[str] = []
    schedulers: list[str] = []


class HeldJobs(BaseModel):
    waiting: int = 0
    running: int = 0


class WorkerView(BaseModel):
    id: str
    is_live: bool
    accepting: bool
    reason: str | None  # why it accepts nothing, or what ails it
    wanted: Literal["run", "drain"]
    ahead: int
    loaded_checkpoint: str | None
    comfyui: dict[str, Any]  # url, version, device, simulated
    jobs: HeldJobs
    first_seen_at: datetime
    last_seen_at: datetime


class WorkerChange(Input):
    wanted: Literal["run", "drain"]


class StorageView(BaseModel):
    """Of the media store."""

    model_config = ConfigDict(from_attributes=True)

    free_bytes: int | None  # null: without limit, or not known
    is_nearly_full: bool  # when it is full, new jobs are refused (507)


class StatsView(BaseModel):
    """Of the asking user's jobs, by status; a finished one belongs to the day it ended."""

    now: dict[str, int]  # finished ones: up to 10,000
    today: dict[str, int]  # UTC
    this_week: dict[str, int]  # seven days, with today
    waiting: int  # pending jobs of everybody
    workers: list[WorkerView]
    latest: list[ContentView]
    simulated: bool  # a simulator draws, and no ComfyUI
    restart_to_use: str | None  # the ComfyUI that has appeared meanwhile; `darkroom run` only
    storage: StorageView


class ReadyView(BaseModel):
    status: Literal["ok", "unready"]
    failing: list[str] = []  # without which nothing is accepted
    degraded: list[str] = []  # without which the rest still works


class DeadLetterView(BaseModel):
    id: int
    queue: str
    reason: str
    body: str
    job_id: UUID | None
    at: datetime
    decision: Literal["retry", "discard"] | None
    decided_at: datetime | None
    settled_at: datetime | None


class DeadLetterDecision(Input):
    decision: Literal["retry", "discard"]
