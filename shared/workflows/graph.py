"""ComfyUI's graphs in API format, and the shapes of them that would hurt it.

ComfyUI accepts some broken graphs with 200 and then loses its only worker thread over them: a node
without `inputs`, and a link to a node that is not there, even in an input nobody declared. It
accepts a cycle too, and reports its failure as a success. So these never leave this project.
"""

import math
from collections.abc import Iterator
from typing import Any, NamedTuple, NotRequired, TypedDict, TypeGuard

from shared.errors import Refused
from shared.workflows.values import is_unicode, shown

LARGEST_INTEGER = 2**64 - 1  # ComfyUI's own limit, for seeds


class Node(TypedDict):
    class_type: str
    inputs: dict[str, Any]
    _meta: NotRequired[dict[str, Any]]


Graph = dict[str, Node]


class GraphFault(NamedTuple):
    node_id: str | None  # None: of the graph as a whole
    message: str


class HarmfulGraph(Refused):
    """A graph that ComfyUI must not be given. `faults` names the nodes."""

    code = "harmful_graph"

    def __init__(self, faults: list[GraphFault]) -> None:
        super().__init__("; ".join(fault.message for fault in faults))
        self.faults = faults


def check_graph(graph: object) -> None:
    """Raises HarmfulGraph. Never recurses, so no graph is too deep for it."""
    if not isinstance(graph, dict) or not graph:
        raise HarmfulGraph([GraphFault(None, "a graph is an object with at least one node")])
    faults = [fault for node_id, node in graph.items() for fault in _node_faults(node_id, node)]
    if not faults:
        faults = [fault for node_id in graph for fault in _input_faults(graph, node_id)]
    if not faults:
        faults = _cycle_faults(graph)
    if faults:
        raise HarmfulGraph(faults)


def is_link(value: object) -> TypeGuard[list[Any]]:
    """[node id, output number]. ComfyUI takes every list in an input for a link."""
    return isinstance(value, list)


def sources(graph: Graph, node_id: str) -> Iterator[str]:
    for value in graph[node_id]["inputs"].values():
        if is_link(value):
            yield value[0]


def _node_faults(node_id: object, node: object) -> Iterator[GraphFault]:
    if not isinstance(node_id, str) or not node_id or not is_unicode(node_id):
        yield GraphFault(None, f"a node's id is a text, not {shown(node_id)}")
        return
    if not isinstance(node, dict):
        yield GraphFault(node_id, f"node {shown(node_id)} is {shown(node)} and not a node")
        return
    class_type = node.get("class_type")
    if not isinstance(class_type, str) or not class_type or not is_unicode(class_type):
        yield GraphFault(node_id, f"node {shown(node_id)} has no class_type")
    if not isinstance(node.get("inputs"), dict):
        yield GraphFault(node_id, f"node {shown(node_id)} has no inputs")


def _input_faults(graph: Graph, node_id: str) -> Iterator[GraphFault]:
    for name, value in graph[node_id]["inputs"].items():
        fault = _link_fault(graph, value) if is_link(value) else _value_fault(name, value)
        if fault:
            where = f"input {shown(name)} of node {shown(node_id)}"
            yield GraphFault(node_id, f"{where} {fault}")


def _link_fault(graph: Graph, link: list[Any]) -> str | None:
    match link:
        case [str() as source, int() as slot] if not isinstance(slot, bool) and slot >= 0:
            return None if source in graph else f"links to node {shown(source)}, which is not there"
        case _:
            return "is a list, but not a link: [node id, number of its output]"


def _value_fault(name: object, value: object) -> str | None:
    pending = [name, value]
    while pending:
        match pending.pop():
            case list(items):
                pending.extend(items)
            case dict(members):
                pending.extend((*members, *members.values()))
            case simple:
                if not _can_be_sent(simple):
                    return "holds what JSON cannot carry"
    return None


def _can_be_sent(value: object) -> bool:
    if isinstance(value, str):
        return is_unicode(value)
    if isinstance(value, int):
        return abs(value) <= LARGEST_INTEGER
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None


def _cycle_faults(graph: Graph) -> list[GraphFault]:
    """Takes away what depends on nothing that is left; each node that stays has a source that
    stays, so walking from source to source ends in the cycle."""
    unmet = {node_id: set(sources(graph, node_id)) for node_id in graph}
    consumers: dict[str, list[str]] = {node_id: [] for node_id in graph}
    for node_id, needed in unmet.items():
        for source in needed:
            consumers[source].append(node_id)
    free = [node_id for node_id, needed in unmet.items() if not needed]
    while free:
        done = free.pop()
        del unmet[done]
        for consumer in consumers[done]:
            unmet[consumer].discard(done)
            if not unmet[consumer]:
                free.append(consumer)
    return [_name_cycle(unmet)] if unmet else []


def _name_cycle(unmet: dict[str, set[str]]) -> GraphFault:
    path: dict[str, None] = {}
    node_id = min(unmet)
    while node_id not in path:
        path[node_id] = None
        node_id = min(unmet[node_id])
    cycle = list(path)[list(path).index(node_id) :]
    named = " ← ".join(shown(member) for member in [*cycle[:10], node_id])
    return GraphFault(node_id, f"nodes depend on each other in a circle: {named}")
