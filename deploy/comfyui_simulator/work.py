"""What a node works with while it runs, and the values that travel between nodes."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from deploy.comfyui_simulator.behaviour import Behaviour, Folders
from deploy.comfyui_simulator.faults import JobFault
from deploy.comfyui_simulator.pictures import (
    Blended,
    Dream,
    Inverted,
    Loaded,
    Picture,
    Scaled,
    Solid,
)
from deploy.comfyui_simulator.prompts import JsonObject, QueueItem


class NodeFailed(Exception):
    """The node raised; the job ends with `execution_error`."""

    def __init__(self, exception_type: str, message: str) -> None:
        super().__init__(message)
        self.exception_type = exception_type


class Interrupted(Exception):
    """Somebody posted /interrupt; the job ends with `execution_interrupted`."""


@dataclass(frozen=True)
class Model:
    checkpoint: str
    loras: tuple[str, ...] = ()


@dataclass(frozen=True)
class Conditioning:
    text: str


@dataclass(frozen=True)
class Latent:
    """Sampled once `pictures` is not empty."""

    width: int
    height: int
    batch_size: int
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True)
class Outcome:
    values: tuple[Any, ...] = ()
    ui: JsonObject | None = None
    made_by: str = ""
    """The node's id when it ran: a cached result keeps it, whatever the node is called now."""


Progress = Callable[[int, int, Callable[[], bytes]], Awaitable[None]]


@dataclass
class Machine:
    """What outlives a job and dies with the process: loaded models, names of temporary files."""

    folders: Folders
    temp_prefix: str
    loaded_checkpoint: str | None = None


@dataclass
class Work:
    """One node of one job."""

    item: QueueItem
    inputs: JsonObject
    machine: Machine
    behaviour: Behaviour
    step_seconds: Callable[[], float]
    """How long the next one takes, which may change meanwhile."""
    png_prompt: JsonObject
    progress: Progress
    file_fault: JobFault | None = None
    files: list[str] = field(default_factory=list)

    def number(self, name: str) -> float:
        value = self.inputs[name]
        if not isinstance(value, int | float):
            raise NodeFailed("TypeError", f"{name}: a number was expected, not {value!r}")
        return value

    def integer(self, name: str) -> int:
        return int(self.number(name))

    def text(self, name: str) -> str:
        return str(self.inputs[name])

    def pictures(self, name: str) -> tuple[Picture, ...]:
        value = self.inputs[name]
        kinds = Solid | Dream | Loaded | Scaled | Inverted | Blended
        if isinstance(value, tuple) and all(isinstance(one, kinds) for one in value):
            return value
        raise NodeFailed("AttributeError", f"{name}: {type(value).__name__!r} holds no images")

    def model(self, name: str) -> Model:
        value = self.inputs[name]
        if isinstance(value, Model):
            return value
        raise NodeFailed("AttributeError", f"{name}: {type(value).__name__!r} is no model")

    def latent(self, name: str) -> Latent:
        value = self.inputs[name]
        if isinstance(value, Latent):
            return value
        raise NodeFailed("TypeError", f"{name}: {type(value).__name__!r} is no latent")

    def conditioning(self, name: str) -> str:
        value = self.inputs[name]
        if isinstance(value, Conditioning):
            return value.text
        raise NodeFailed("TypeError", f"{name}: {type(value).__name__!r} is no conditioning")

    async def load(self, checkpoint: str) -> None:
        """Takes its time only for a checkpoint that was not the last one used."""
        if self.machine.loaded_checkpoint != checkpoint:
            await asyncio.sleep(self.behaviour.load_seconds)
            self.machine.loaded_checkpoint = checkpoint
