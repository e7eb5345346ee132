"""ComfyUI's description of itself is read without trusting it."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.workflows.object_info import offers_from_object_info
from shared.workflows.options import OPTION_SOURCES, Combo
from tests.unit.workflows.requests import QUICK, anything, flat


def node(**required: object) -> dict[str, Any]:
    return {"input": {"required": required}, "output": ["X"]}


def test_nodes_and_choices_are_read_from_both_forms() -> None:
    object_info = {
        "KSampler": node(
            seed=["INT", {"default": 0}],
            sampler_name=[["heun", "euler"], {}],
            scheduler=["COMBO", {"options": ["normal", "karras"], "multiselect": False}],
        ),
        "CheckpointLoaderSimple": node(ckpt_name=[["b", "a"]]),
        "LoraLoader": {"input": {"optional": {"lora_name": [["ink"], {"tooltip": "…"}]}}},
        "MyOwnNode": node(),
    }

    offers = offers_from_object_info(object_info, ["text_to_image", "solid_color"])

    assert offers.nodes == ("CheckpointLoaderSimple", "KSampler", "LoraLoader", "MyOwnNode")
    assert offers.options == {
        "checkpoints": ("a", "b"),
        "loras": ("ink",),
        "samplers": ("euler", "heun"),
        "schedulers": ("karras", "normal"),
    }
    assert offers.workflows == ("solid_color", "text_to_image")


def test_the_lists_of_all_nodes_of_a_kind_are_one_list() -> None:
    object_info = {
        "CLIPLoader": node(clip_name=[["t5", "clip_l"], {}]),
        "DualCLIPLoader": node(clip_name1=[["clip_l"], {}], clip_name2=[["clip_g"], {}]),
    }

    offers = offers_from_object_info(object_info, [])

    assert offers.options == {"text_encoders": ("clip_g", "clip_l", "t5")}


def test_the_order_in_which_comfyui_lists_things_does_not_matter() -> None:
    one = {"A": node(), "CheckpointLoaderSimple": node(ckpt_name=[["x", "y"], {}])}
    other = {"CheckpointLoaderSimple": node(ckpt_name=[["y", "x", "x"], {}]), "A": node()}

    assert (
        offers_from_object_info(one, ["b", "a"]).digest()
        == offers_from_object_info(other, ["a", "b"]).digest()
    )


def test_names_that_could_not_be_stored_or_sent_are_left_out() -> None:
    names = ["fine", "", "a\0b", "\ud800", "a" * 256, 3, None, ["fine"], {"a": 1}]
    object_info = {"VAELoader": node(vae_name=[names, {}]), "bad\0": node(), "\ud800": node()}

    offers = offers_from_object_info(object_info, [])

    assert offers.options == {"vaes": ("fine",)}
    assert offers.nodes == ("VAELoader",)


def test_more_than_anybody_has_is_cut() -> None:
    names = [f"{number:06}" for number in range(20_100)]
    object_info = {"LoraLoader": node(lora_name=[names, {}])}

    assert len(offers_from_object_info(object_info, []).options["loras"]) == 20_000


combos = [combo for combos in OPTION_SOURCES.values() for combo in combos]
inputs = st.one_of(
    anything,
    flat.map(lambda options: ["COMBO", {"options": options}]),
    flat.map(lambda options: [options, {}]),
)
nodes = st.one_of(
    anything,
    anything.map(lambda declared: {"input": declared}),
    inputs.map(lambda declared: node(**{combo.input: declared for combo in combos})),
)


@given(
    st.dictionaries(st.text(max_size=3), anything, max_size=2),
    st.lists(st.tuples(st.sampled_from(combos), nodes), max_size=3),
)
@settings(QUICK, max_examples=80)
def test_nothing_that_comfyui_can_answer_raises(
    unknown: dict[str, object], known: list[tuple[Combo, object]]
) -> None:
    object_info = unknown | {combo.node_class: described for combo, described in known}

    offers = offers_from_object_info(object_info, [])

    offers.model_dump_json()
    "".join(offers.has()).encode()


@pytest.mark.parametrize("object_info", [None, [], "text", 3, {"KSampler": None}])
def test_an_answer_of_another_shape_offers_nothing_to_choose(object_info: object) -> None:
    assert offers_from_object_info(object_info, ["a"]).options == {}
