"""How far a prompt is, from what ComfyUI tells of its nodes: a fraction of the whole prompt."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MOST_STEPS = 10_000


@dataclass
class PromptProgress:
    """A node weighs as much as the steps it takes, any other one 1. It never goes back."""

    titles: dict[str, str]
    weights: dict[str, int]
    done: set[str] = field(default_factory=set)
    current: str | None = None
    step: int | None = None
    steps: int | None = None
    value: float = 0.0

    @classmethod
    def of(cls, graph: Mapping[str, Mapping[str, Any]]) -> "PromptProgress":
        return cls(
            titles={node_id: _title(node) for node_id, node in graph.items()},
            weights={node_id: _weight(node) for node_id, node in graph.items()},
        )

    @property
    def node(self) -> str | None:
        return None if self.current is None else self.titles[self.current]

    def cached(self, nodes: object) -> None:
        if isinstance(nodes, list):
            self.done |= {node for node in nodes if isinstance(node, str)} & self.weights.keys()
            self._advance()

    def executing(self, node: str) -> None:
        """The one before it is done then: ComfyUI runs one at a time."""
        if node not in self.weights:
            return
        if self.current is not None and self.current != node:
            self.done.add(self.current)
        self.current, self.step, self.steps = node, None, None
        self._advance()

    def stepped(self, node: str, step: object, steps: object) -> None:
        if node not in self.weights or not _are_steps(step, steps):
            return
        if node != self.current:
            self.executing(node)
        self.step, self.steps = int(step), int(steps)  # type: ignore[call-overload]
        self._advance()

    def _advance(self) -> None:
        done = float(sum(self.weights[node] for node in self.done))
        if self.current is not None and self.current not in self.done and self.steps:
            done += self.weights[self.current] * (self.step or 0) / self.steps
        self.value = max(self.value, min(1.0, done / sum(self.weights.values())))


def _title(node: Mapping[str, Any]) -> str:
    meta = node.get("_meta")
    title = meta.get("title") if isinstance(meta, dict) else None
    return str(title or node["class_type"])[:100]


def _weight(node: Mapping[str, Any]) -> int:
    steps = node["inputs"].get("steps")
    return steps if isinstance(steps, int) and 1 <= steps <= MOST_STEPS else 1


def _are_steps(step: object, steps: object) -> bool:
    numbers = isinstance(step, int | float) and isinstance(steps, int | float)
    return numbers and 0 <= step <= steps <= MOST_STEPS and steps >= 1  # type: ignore[operator]
