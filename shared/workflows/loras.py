"""Any number of LoRAs: a list in the request, a chain of LoraLoader nodes in the graph."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from shared.workflows.graph import Graph, Node, is_link
from shared.workflows.parameters import Described, Fault, Loc, Socket
from shared.workflows.values import (
    LONGEST_NAME,
    field_name,
    name_fault,
    number_fault,
    shown,
    unknown_field,
)

MOST_LORAS = 32
STRONGEST = 10.0
STRENGTHS = {"strength_model": 1.0, "strength_clip": 1.0}  # with their defaults
KNOWN = ("name", *STRENGTHS)


class Loras(Described):
    """Where the chain is spliced in: whatever takes its model (and its clip) from these sockets
    takes it from the last LoRA instead. Without `clip` only models are changed."""

    type: Literal["loras"]
    default: None = None
    model: Socket
    clip: Socket | None = None

    @property
    def fills_in(self) -> bool:
        return True

    def faults(self, value: object, loc: Loc) -> Iterator[Fault]:
        if not isinstance(value, list | tuple):
            yield Fault(loc, f"must be a list of LoRAs, not {shown(value)}")
        elif len(value) > MOST_LORAS:
            yield Fault(loc, f"must be at most {MOST_LORAS} LoRAs; these are {len(value)}")
        else:
            for index, lora in enumerate(value):
                yield from _lora_faults(lora, (*loc, index))

    def stored(self, value: Any) -> Any:
        return [
            {"name": lora["name"]}
            | {key: float(lora.get(key, default)) for key, default in STRENGTHS.items()}
            for lora in value
        ]

    def rule(self) -> dict[str, Any]:
        strength = {"type": "number", "minimum": -STRONGEST, "maximum": STRONGEST}
        named = {
            "type": "string",
            "minLength": 1,
            "maxLength": LONGEST_NAME,
            "x-options": "loras",
        }
        properties = {key: strength | {"default": default} for key, default in STRENGTHS.items()}
        item = {
            "type": "object",
            "properties": {"name": named} | properties,
            "required": ["name"],
            "additionalProperties": False,
        }
        return {
            "type": "array",
            "items": item,
            "maxItems": MOST_LORAS,
            "default": [],
            "x-type": self.type,
        }


def _lora_faults(lora: object, loc: Loc) -> Iterator[Fault]:
    if not isinstance(lora, dict):
        yield Fault(loc, f"must be an object with a name, not {shown(lora)}")
        return
    for key, value in list(lora.items())[: len(KNOWN) + 1]:
        if key == "name":
            msg = name_fault(value)
        elif key in STRENGTHS:
            msg = number_fault(value, minimum=-STRONGEST, maximum=STRONGEST)
        else:
            msg = unknown_field(key, KNOWN)
        if msg:
            yield Fault((*loc, field_name(key)), msg)
    if "name" not in lora:
        yield Fault((*loc, "name"), "is missing")


def splice(graph: Graph, loras: list[Mapping[str, Any]], parameter: Loras) -> None:
    """Puts the chain into `graph`, in the order of the list."""
    sockets = {"model": [parameter.model.node, parameter.model.output]}
    if parameter.clip:
        sockets["clip"] = [parameter.clip.node, parameter.clip.output]
    consumers = [
        (node["inputs"], name, what)
        for node in graph.values()
        for name, value in node["inputs"].items()
        for what, socket in sockets.items()
        if is_link(value) and value == socket
    ]
    for lora in loras:
        node_id = _free_id(graph)
        graph[node_id] = _loader(lora, sockets)
        sockets = {what: [node_id, number] for number, what in enumerate(sockets)}
    for inputs, name, what in consumers:
        inputs[name] = list(sockets[what])


def _loader(lora: Mapping[str, Any], sockets: dict[str, list[Any]]) -> Node:
    strengths = {f"strength_{what}": lora[f"strength_{what}"] for what in sockets}
    links = {what: list(socket) for what, socket in sockets.items()}
    class_type = "LoraLoader" if "clip" in sockets else "LoraLoaderModelOnly"
    return {
        "class_type": class_type,
        "inputs": {"lora_name": lora["name"], **strengths, **links},
    }


def _free_id(graph: Graph) -> str:
    """The next number, so that ComfyUI's own page can load the graph from the image."""
    numbers = (int(taken) for taken in graph if re.fullmatch("[0-9]{1,15}", taken))
    return str(1 + max(numbers, default=0))
