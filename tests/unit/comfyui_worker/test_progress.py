"""A fraction of the whole prompt, from what ComfyUI tells of nodes and steps."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.comfyui_worker.progress import PromptProgress

GRAPH: dict[str, dict[str, Any]] = {
    "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "x"}},
    "2": {"class_type": "KSampler", "inputs": {"steps": 18}, "_meta": {"title": "Sample"}},
    "3": {"class_type": "SaveImage", "inputs": {}},
}


def test_steps_weigh_as_much_as_they_are_many() -> None:
    one = PromptProgress.of(GRAPH)
    one.executing("1")
    assert one.value == 0
    one.executing("2")
    assert one.value == 1 / 20
    one.stepped("2", 9, 18)
    assert one.value == 10 / 20
    assert (one.node, one.step, one.steps) == ("Sample", 9, 18)
    one.executing("3")
    assert one.value == 19 / 20
    assert (one.node, one.step) == ("SaveImage", None)


def test_cached_nodes_are_done() -> None:
    one = PromptProgress.of(GRAPH)
    one.cached(["1", "unknown", 3])
    one.stepped("2", 18, 18)
    assert one.value == 19 / 20


def test_half_a_step_is_none() -> None:
    one = PromptProgress.of(GRAPH)
    one.stepped("1", 0, 0.5)
    assert one.steps is None


messages = st.one_of(
    st.tuples(st.just("executing"), st.sampled_from(["1", "2", "3", "?"])),
    st.tuples(
        st.just("stepped"),
        st.sampled_from(["1", "2", "3", "?"]),
        st.one_of(st.integers(-3, 30), st.none(), st.text(max_size=2), st.floats()),
        st.one_of(st.integers(-3, 30), st.none(), st.floats()),
    ),
    st.tuples(st.just("cached"), st.one_of(st.none(), st.lists(st.sampled_from(["1", "9"])))),
)


@settings(max_examples=50, deadline=None)
@given(st.lists(messages, max_size=30))
def test_whatever_comes_it_stays_a_fraction_and_never_goes_back(told: list[Any]) -> None:
    one, before = PromptProgress.of(GRAPH), 0.0
    for name, *arguments in told:
        getattr(one, name)(*arguments)
        assert before <= one.value <= 1
        assert one.steps is None or one.steps > 0
        before = one.value
