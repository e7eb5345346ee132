"""What a node class declares about itself, and how that reads at `/object_info`."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from deploy.comfyui_simulator.prompts import JsonObject
from deploy.comfyui_simulator.work import Outcome, Work

Run = Callable[[Work], Awaitable[Outcome]]


@dataclass(frozen=True)
class Input:
    """`kind` is a type's name, or the list of values to choose from."""

    kind: str | tuple[str, ...]
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def config(self) -> list[Any]:
        return [list(self.kind) if isinstance(self.kind, tuple) else self.kind, dict(self.options)]


@dataclass(frozen=True)
class NodeType:
    name: str
    title: str
    category: str
    run: Run
    required: Mapping[str, Input]
    outputs: tuple[str, ...] = ()
    optional: Mapping[str, Input] = field(default_factory=dict)
    hidden: Mapping[str, str] = field(default_factory=dict)
    is_output: bool = False
    reads_file: str | None = None
    """The input that names a file in the input folder; its content belongs to the cache's key."""

    @property
    def declared(self) -> dict[str, Input]:
        return {**self.required, **self.optional}

    def description(self) -> JsonObject:
        groups: dict[str, JsonObject] = {
            "required": {name: given.config for name, given in self.required.items()}
        }
        if self.optional:
            groups["optional"] = {name: given.config for name, given in self.optional.items()}
        if self.hidden:
            groups["hidden"] = dict(self.hidden)
        return {
            "input": groups,
            "input_order": {group: list(names) for group, names in groups.items()},
            "output": list(self.outputs),
            "output_is_list": [False] * len(self.outputs),
            "output_name": list(self.outputs),
            "name": self.name,
            "display_name": self.title,
            "description": "",
            "python_module": "nodes",
            "category": self.category,
            "output_node": self.is_output,
        }
