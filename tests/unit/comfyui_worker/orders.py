"""Attempts for tests that need one."""

from typing import Any
from uuid import uuid4

from services.comfyui_worker.attempts import Attempt, Stage
from shared.jobs import JobId
from shared.messages import Generate


def order(**changes: Any) -> Generate:
    values: dict[str, Any] = {
        "worker_id": "gpu-1",
        "job_id": JobId(uuid4()),
        "attempt": 1,
        "user_id": uuid4(),
        "workflow": "solid_color",
        "prompt": "",
        "negative_prompt": "",
        "params": {},
        "timeout_s": 60,
    }
    return Generate.model_validate(values | changes)


def attempt(stage: Stage = Stage.WAITING, **changes: Any) -> Attempt:
    made = Attempt(order(), changed=lambda: None, stage=stage)
    for name, value in changes.items():
        setattr(made, name, value)
    return made
