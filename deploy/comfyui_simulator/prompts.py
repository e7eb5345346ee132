"""The graph in ComfyUI's API format, as it arrives: node id -> {"class_type", "inputs"}."""

import copy
import json
from typing import Any, NamedTuple, TypeGuard

JsonObject = dict[str, Any]
Prompt = dict[str, Any]


class QueueItem(NamedTuple):
    """Ordered as a plain tuple, so that equal number and id compare the graphs, and fail."""

    number: float
    prompt_id: str
    prompt: Prompt
    extra_data: JsonObject
    outputs: list[str]

    @property
    def client_id(self) -> Any:
        return self.extra_data.get("client_id")

    @property
    def description(self) -> str:
        """The text in which a fault looks for the job that it is meant for."""
        return json.dumps([self.prompt_id, self.prompt, self.extra_data])

    def copy(self) -> "QueueItem":
        return copy.deepcopy(self)


def is_link(value: object) -> TypeGuard[list[Any]]:
    return (
        isinstance(value, list)
        and len(value) == 2
        and isinstance(value[0], str)
        and isinstance(value[1], int | float)
    )


def links_of(node: JsonObject) -> list[str]:
    """The nodes that this one reads, undeclared inputs included."""
    return [value[0] for value in node["inputs"].values() if is_link(value)]
