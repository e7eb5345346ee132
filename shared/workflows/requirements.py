"""What a job needs of a ComfyUI, and what a ComfyUI offers.

Both can be written as plain lists of words, so that a database can compare them: a worker can make
a job when `Requirements.needs()` is contained in its `Offers.has()`.
"""

import hashlib
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field, field_serializer

from shared.workflows.options import IN_WORDS, KIND_OF_COMBO, Combo
from shared.workflows.parameters import Choice, Loc
from shared.workflows.render import render
from shared.workflows.values import nearest, shown
from shared.workflows.workflow import Workflow


class Missing(NamedTuple):
    """Something that a job needs: an option of a kind, a `node` class, or a `workflow`."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{IN_WORDS.get(self.kind, self.kind)} {shown(self.name)}"

    def word(self) -> str:
        return f"{self.kind}:{self.name}"


class Requirements(BaseModel):
    model_config = ConfigDict(frozen=True)

    workflow: str
    nodes: frozenset[str]
    options: frozenset[tuple[str, str]]  # kind of OPTION_SOURCES, name

    @field_serializer("nodes")
    def _nodes_in_order(self, nodes: frozenset[str]) -> list[str]:
        return sorted(nodes)

    @field_serializer("options")
    def _options_in_order(self, options: frozenset[tuple[str, str]]) -> list[tuple[str, str]]:
        return sorted(options)

    def everything(self) -> list[Missing]:
        nodes = [Missing("node", name) for name in sorted(self.nodes)]
        options = [Missing(kind, name) for kind, name in sorted(self.options)]
        return [Missing("workflow", self.workflow), *options, *nodes]

    def needs(self) -> list[str]:
        return [one.word() for one in self.everything()]


class Offers(BaseModel):
    """What one worker's ComfyUI can do, in an order of its own, so that equal offers look equal."""

    model_config = ConfigDict(frozen=True)

    nodes: tuple[str, ...] = ()
    options: dict[str, tuple[str, ...]] = Field(default_factory=dict)  # kind → names
    workflows: tuple[str, ...] = ()

    @cached_property  # asked at every request, of thousands of nodes
    def _known(self) -> frozenset[Missing]:
        lists = {**self.options, "node": self.nodes, "workflow": self.workflows}
        return frozenset(Missing(kind, name) for kind, names in lists.items() for name in names)

    def has(self) -> list[str]:
        return sorted(one.word() for one in self._known)

    def missing(self, requirements: Requirements) -> list[Missing]:
        """Empty: this worker can make it."""
        return [one for one in requirements.everything() if one not in self._known]

    def digest(self) -> str:
        """Changes when the offers do."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


def requirements(workflow: Workflow, params: Mapping[str, object]) -> Requirements:
    """What the rendered graph asks for: its nodes, and every name that is chosen from a list,
    whether the request named it or the template did. Raises InvalidParams, as `render` does."""
    graph = render(workflow, params, prompt="", negative_prompt="", filename_prefix="")
    chosen = {
        (kind, value)
        for node in graph.values()
        for name, value in node["inputs"].items()
        if (kind := KIND_OF_COMBO.get(Combo(node["class_type"], name))) and isinstance(value, str)
    }
    for name, parameter in workflow.manifest.parameters.items():
        if isinstance(parameter, Choice) and parameter.kind:
            chosen.add((parameter.kind, str(params[name])))
    nodes = frozenset(node["class_type"] for node in graph.values())
    return Requirements(workflow=workflow.name, nodes=nodes, options=frozenset(chosen))


def unmet(needed: Requirements, offers: Iterable[Offers]) -> list[Missing]:
    """Empty: one of these workers can make it. Else what none of them has; and where each part is
    somewhere but never all in one place, what the nearest of them lacks."""
    lacking = [one.missing(needed) for one in offers]
    if not lacking:
        return needed.everything()
    nowhere = [one for one in min(lacking, key=len) if all(one in other for other in lacking)]
    return nowhere or min(lacking, key=len)


def offered(offers: Iterable[Offers]) -> dict[str, list[str]]:
    """Every choice that any of these workers has, by kind: what `GET /api/v1/models` lists."""
    names: dict[str, set[str]] = {}
    for one in offers:
        for kind, some in one.options.items():
            names.setdefault(kind, set()).update(some)
    return {kind: sorted(names[kind]) for kind in sorted(names)}


def explain(missing: Missing, options: Mapping[str, Iterable[str]]) -> str:
    """A sentence for whoever asked; `options` are the names to guess the right one from."""
    return f"no live worker has {missing}{nearest(missing.name, options.get(missing.kind, ()))}"


def where_asked(workflow: Workflow, params: Mapping[str, object], missing: Missing) -> Loc:
    """The field of the request that asks for what is missing."""
    for name, parameter in workflow.manifest.parameters.items():
        if isinstance(parameter, Choice) and (parameter.kind, params[name]) == missing:
            return ("params", name)
    loras = params.get("loras")
    if missing.kind == "loras" and isinstance(loras, list):
        for index, lora in enumerate(loras):
            if lora["name"] == missing.name:
                return ("params", "loras", index, "name")
    return ("params", "workflow")
