"""Graphs that would hurt ComfyUI never leave."""

import math
from typing import Any

import pytest

from shared.workflows.graph import HarmfulGraph, check_graph


def graph_with(**inputs: object) -> dict[str, Any]:
    return {
        "1": {"class_type": "EmptyImage", "inputs": {"width": 64}},
        "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], **inputs}},
    }


def test_a_sound_graph_passes() -> None:
    check_graph(graph_with(text="a", value=0.5, flag=True, nothing=None, more={"a": [1, "b"]}))


@pytest.mark.parametrize(
    "link",
    [
        ["9", 0],
        [1, 0],
        ["1"],
        [],
        ["1", 0, 0],
        ["1", "0"],
        ["1", -1],
        ["1", 0.0],
        ["1", True],
        [["1"], 0],
        ["1", None],
    ],
)
def test_a_list_that_is_no_link_to_a_node_is_refused_even_in_an_undeclared_input(
    link: list[object],
) -> None:
    with pytest.raises(HarmfulGraph) as caught:
        check_graph(graph_with(nobody_declared_this=link))

    assert [fault.node_id for fault in caught.value.faults] == ["2"]


@pytest.mark.parametrize(
    "node",
    [
        {"class_type": "Note"},
        {"class_type": "Note", "inputs": None},
        {"class_type": "Note", "inputs": []},
        {"inputs": {}},
        {"class_type": "", "inputs": {}},
        {"class_type": 3, "inputs": {}},
        {"class_type": "\ud800", "inputs": {}},
        None,
        [],
        "Note",
    ],
)
def test_a_node_without_class_or_inputs_is_refused_even_if_nothing_uses_it(node: object) -> None:
    with pytest.raises(HarmfulGraph) as caught:
        check_graph(graph_with() | {"3": node})

    assert [fault.node_id for fault in caught.value.faults] == ["3"]


@pytest.mark.parametrize("graph", [None, [], {}, "graph", 3, {3: {}}, {"": {}}, {"\ud800": {}}])
def test_what_is_no_graph_at_all_is_refused(graph: object) -> None:
    with pytest.raises(HarmfulGraph):
        check_graph(graph)


@pytest.mark.parametrize(
    "value",
    [math.nan, math.inf, 2**64, "\ud800", {"deep": [{"er": math.nan}]}, {"\udc00": 1}, b"x", {3}],
)
def test_what_json_cannot_carry_is_refused(value: object) -> None:
    with pytest.raises(HarmfulGraph, match="holds what JSON cannot carry"):
        check_graph(graph_with(value=value))


def test_a_node_that_needs_itself_is_refused() -> None:
    with pytest.raises(HarmfulGraph, match='in a circle: "2" ← "2"'):
        check_graph(graph_with(undeclared=["2", 0]))


def test_a_circle_is_named_without_what_only_depends_on_it() -> None:
    graph = {
        "a": {"class_type": "X", "inputs": {"in": ["c", 0]}},
        "b": {"class_type": "X", "inputs": {"in": ["a", 0]}},
        "c": {"class_type": "X", "inputs": {"in": ["b", 0]}},
        "after": {"class_type": "X", "inputs": {"in": ["c", 0]}},
        "before": {"class_type": "X", "inputs": {}},
    }

    with pytest.raises(HarmfulGraph) as caught:
        check_graph(graph)

    (fault,) = caught.value.faults
    assert fault.message.endswith('in a circle: "a" ← "c" ← "b" ← "a"')


def test_a_chain_of_many_thousand_nodes_is_no_problem() -> None:
    graph: dict[str, Any] = {"0": {"class_type": "X", "inputs": {}}}
    for number in range(1, 5_000):
        graph[str(number)] = {"class_type": "X", "inputs": {"in": [str(number - 1), 0]}}
    check_graph(graph)

    graph["0"]["inputs"]["in"] = ["4999", 0]
    with pytest.raises(HarmfulGraph, match="in a circle"):
        check_graph(graph)


def test_a_value_may_be_nested_deeply() -> None:
    value: object = "x"
    for _ in range(5_000):
        value = {"inside": value}

    check_graph(graph_with(value=value))


def test_every_fault_is_named() -> None:
    graph = {"1": {"class_type": "X"}, "2": {"inputs": {}}, "3": 4}

    with pytest.raises(HarmfulGraph) as caught:
        check_graph(graph)

    assert [fault.node_id for fault in caught.value.faults] == ["1", "2", "3"]
