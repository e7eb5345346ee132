"""What a job needs, what a worker offers, and what is said where the two do not meet."""

import json
from pathlib import Path
from typing import Any

from hypothesis import given, settings

from shared.workflows.load import load_workflow
from shared.workflows.requirements import (
    Missing,
    Offers,
    Requirements,
    explain,
    offered,
    requirements,
    unmet,
    where_asked,
)
from shared.workflows.workflow import Workflow
from tests.unit.workflows.folders import change_node, copy_of_built_in
from tests.unit.workflows.requests import (
    QUICK,
    SOLID_COLOR,
    TEXT_TO_IMAGE,
    complete,
    good_requests,
    resolve,
)

NODES = (
    "CLIPTextEncode",
    "CheckpointLoaderSimple",
    "EmptyLatentImage",
    "KSampler",
    "LoraLoader",
    "SaveImage",
    "VAEDecode",
)


def offers(**options: tuple[str, ...]) -> Offers:
    usual = {"samplers": ("euler",), "schedulers": ("normal",), "checkpoints": ("sd15",)}
    return Offers(nodes=NODES, options=usual | options, workflows=("text_to_image",))


def needed(**params: Any) -> Requirements:
    return requirements(TEXT_TO_IMAGE, complete(**({"checkpoint": "sd15"} | params)))


def test_a_job_needs_its_nodes_its_models_and_its_workflow() -> None:
    needs = needed(loras=[{"name": "ink"}, {"name": "ink"}])

    assert needs.workflow == "text_to_image"
    assert needs.nodes == set(NODES)
    assert needs.options == {
        ("checkpoints", "sd15"),
        ("loras", "ink"),
        ("samplers", "euler"),
        ("schedulers", "normal"),
    }


def test_the_lora_node_is_needed_only_with_a_lora() -> None:
    assert "LoraLoader" not in needed().nodes


def test_a_solid_color_needs_no_model() -> None:
    needs = requirements(SOLID_COLOR, resolve({}, workflow=SOLID_COLOR).params)

    assert needs.nodes == {"EmptyImage", "SaveImage"}
    assert needs.options == set()


def test_a_model_that_only_the_graph_names_is_needed_too(tmp_path: Path) -> None:
    folder = copy_of_built_in(tmp_path, "text_to_image", "own_vae")
    graph_path = folder / "graph.json"
    graph = json.loads(graph_path.read_text())
    graph["8"] = {"class_type": "VAELoader", "inputs": {"vae_name": "mine.safetensors"}}
    graph_path.write_text(json.dumps(graph))
    change_node(folder, "6", vae=["8", 0])
    workflow = load_workflow(folder)

    needs = requirements(workflow, resolve({}, workflow=workflow).params)

    assert ("vaes", "mine.safetensors") in needs.options
    assert "VAELoader" in needs.nodes


def test_a_worker_that_has_everything_misses_nothing() -> None:
    assert offers().missing(needed()) == []
    assert set(needed().needs()) <= set(offers().has())


def test_a_worker_says_what_it_misses() -> None:
    poor = Offers(nodes=NODES[:-1], options={"samplers": ("euler",)}, workflows=())

    assert poor.missing(needed()) == [
        Missing("workflow", "text_to_image"),
        Missing("checkpoints", "sd15"),
        Missing("schedulers", "normal"),
        Missing("node", "VAEDecode"),
    ]
    assert not set(needed().needs()) <= set(poor.has())


def test_needs_and_offers_as_words_name_their_kind() -> None:
    assert needed().needs()[:3] == [
        "workflow:text_to_image",
        "checkpoints:sd15",
        "samplers:euler",
    ]
    assert "node:KSampler" in needed().needs()


def test_one_worker_that_has_everything_is_enough() -> None:
    assert unmet(needed(), [Offers(), offers()]) == []


def test_what_nobody_has_is_unmet() -> None:
    needs = needed(checkpoint="sdxl", loras=[{"name": "ink"}])

    assert unmet(needs, [offers(), offers(loras=("ink",))]) == [Missing("checkpoints", "sdxl")]


def test_parts_that_are_never_in_one_place_are_unmet() -> None:
    needs = needed(checkpoint="sdxl", loras=[{"name": "ink"}])
    has_model, has_lora = offers(checkpoints=("sdxl",)), offers(loras=("ink",))

    assert unmet(needs, [has_model, has_lora]) == [Missing("loras", "ink")]


def test_without_workers_everything_is_unmet() -> None:
    assert len(unmet(needed(), [])) == len(needed().needs())


def test_the_offers_of_several_workers_are_one_list_each() -> None:
    assert offered([offers(checkpoints=("b", "a")), offers(checkpoints=("c", "a"))]) == {
        "checkpoints": ["a", "b", "c"],
        "samplers": ["euler"],
        "schedulers": ["normal"],
    }


def test_what_is_missing_is_explained_with_the_nearest_name() -> None:
    missing = Missing("checkpoints", "sd15.safetensor")

    assert explain(missing, {"checkpoints": ["flux.gguf", "sd15.safetensors"]}) == (
        'no live worker has checkpoint "sd15.safetensor"; did you mean "sd15.safetensors"?'
    )
    assert explain(missing, {}) == 'no live worker has checkpoint "sd15.safetensor"'
    assert explain(Missing("node", "Foo"), {}) == 'no live worker has node "Foo"'


def test_what_is_missing_is_traced_to_the_field_that_asked_for_it() -> None:
    params = complete(checkpoint="x", loras=[{"name": "ink"}, {"name": "x"}])

    def field(kind: str, name: str) -> tuple[str | int, ...]:
        return where_asked(TEXT_TO_IMAGE, params, Missing(kind, name))

    assert field("checkpoints", "x") == ("params", "checkpoint")
    assert field("samplers", "euler") == ("params", "sampler")
    assert field("loras", "x") == ("params", "loras", 1, "name")
    assert field("node", "VAEDecode") == ("params", "workflow")


@given(good_requests)
@settings(QUICK)
def test_requirements_survive_json(request: tuple[Workflow, dict[str, object]]) -> None:
    workflow, params = request
    needs = requirements(workflow, resolve(params, workflow=workflow).params)

    assert Requirements.model_validate_json(needs.model_dump_json()) == needs
    assert Requirements.model_validate(needs.model_dump(mode="json")) == needs
    assert json.dumps(needs.model_dump(mode="json")) == json.dumps(needs.model_dump(mode="json"))


def test_offers_survive_json_with_the_same_digest() -> None:
    read = Offers.model_validate(json.loads(offers().model_dump_json()))

    assert read == offers()
    assert read.digest() == offers().digest() != offers(loras=("ink",)).digest()
