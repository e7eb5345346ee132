"""Complete parameters become a graph: the template, changed at its places and nowhere else."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from shared.workflows.graph import Graph, HarmfulGraph, check_graph
from shared.workflows.load import load_workflow
from shared.workflows.render import render
from shared.workflows.resolve import InvalidParams
from shared.workflows.workflow import Workflow
from tests.unit.workflows.folders import copy_of_built_in, swapped
from tests.unit.workflows.requests import (
    QUICK,
    SOLID_COLOR,
    TEXT_TO_IMAGE,
    complete,
    good_requests,
    prompts,
    resolve,
    text_to_image_params,
)


def rendered(
    params: dict[str, Any], *, workflow: Workflow = TEXT_TO_IMAGE, prompt: str = "a cat"
) -> Graph:
    return render(
        workflow, params, prompt=prompt, negative_prompt="dogs", filename_prefix="job-1/image"
    )


def test_every_value_goes_to_its_place() -> None:
    graph = rendered(
        complete(checkpoint="m", width=64, height=128, steps=3, cfg=2, sampler="lms",
                 scheduler="karras", denoise=0.5, seed=11)
    )  # fmt: skip

    assert graph["1"]["inputs"] == {"ckpt_name": "m"}
    assert graph["2"]["inputs"] == {"text": "a cat", "clip": ["1", 1]}
    assert graph["3"]["inputs"] == {"text": "dogs", "clip": ["1", 1]}
    assert graph["4"]["inputs"] == {"width": 64, "height": 128, "batch_size": 1}
    assert graph["5"]["inputs"] == {
        "model": ["1", 0],
        "positive": ["2", 0],
        "negative": ["3", 0],
        "latent_image": ["4", 0],
        "seed": 11,
        "steps": 3,
        "cfg": 2.0,
        "sampler_name": "lms",
        "scheduler": "karras",
        "denoise": 0.5,
    }
    assert graph["7"]["inputs"] == {"images": ["6", 0], "filename_prefix": "job-1/image"}


def test_loras_are_chained_between_checkpoint_and_its_users() -> None:
    loras = [{"name": "ink", "strength_model": 0.5}, {"name": "oil", "strength_clip": 2}]

    graph = rendered(complete(loras=loras))

    assert graph["8"] == {
        "class_type": "LoraLoader",
        "inputs": {
            "lora_name": "ink",
            "strength_model": 0.5,
            "strength_clip": 1.0,
            "model": ["1", 0],
            "clip": ["1", 1],
        },
    }
    assert graph["9"]["inputs"]["model"] == ["8", 0]
    assert graph["9"]["inputs"]["clip"] == ["8", 1]
    assert graph["5"]["inputs"]["model"] == ["9", 0]
    assert graph["2"]["inputs"]["clip"] == ["9", 1]
    assert graph["3"]["inputs"]["clip"] == ["9", 1]
    assert graph["6"]["inputs"]["vae"] == ["1", 2]


def test_a_lora_gets_an_id_that_no_node_has(tmp_path: Path) -> None:
    folder = copy_of_built_in(tmp_path, "text_to_image", "odd_ids")
    graph = json.loads((folder / "graph.json").read_text())
    odd = ["12", "57:8", "9" * 5_000, "²", "note"]
    graph |= {node_id: {"class_type": "Note", "inputs": {}} for node_id in odd}
    (folder / "graph.json").write_text(json.dumps(graph))
    workflow = load_workflow(folder)

    params = resolve({"loras": [{"name": "ink"}]}, workflow=workflow).params

    assert set(rendered(params, workflow=workflow)) == {*graph, "13"}


def test_loras_of_a_workflow_without_clip_change_the_model_alone(tmp_path: Path) -> None:
    folder = copy_of_built_in(tmp_path, "text_to_image", "model_only")
    manifest = folder / "manifest.yaml"
    manifest.write_text(swapped(manifest.read_text(), '    clip: {node: "1", output: 1}\n', ""))
    workflow = load_workflow(folder)

    params = resolve({"loras": [{"name": "ink"}]}, workflow=workflow).params
    graph = rendered(params, workflow=workflow)

    assert graph["8"]["class_type"] == "LoraLoaderModelOnly"
    assert graph["8"]["inputs"] == {
        "lora_name": "ink",
        "strength_model": 1.0,
        "model": ["1", 0],
    }
    assert graph["2"]["inputs"]["clip"] == ["1", 1]


def test_a_workflow_without_a_prompt_has_none_in_its_graph() -> None:
    params = resolve({"color": 3}, workflow=SOLID_COLOR).params

    graph = rendered(params, workflow=SOLID_COLOR, prompt="nowhere to be found")

    assert "nowhere to be found" not in json.dumps(graph)
    assert graph["1"]["inputs"]["color"] == 3


@pytest.mark.parametrize(
    "change",
    [
        {"width": ["1", 0]},
        {"width": "64"},
        {"seed": None},
        {"seed": 2**53},
        {"loras": [{"strength_model": 1.0}]},
        {"workflow": "solid_color"},
        {"unheard_of": 1},
    ],
)
def test_params_that_no_longer_fit_the_manifest_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidParams):
        rendered(complete() | change)


def test_a_job_that_is_older_than_a_parameter_gets_its_default() -> None:
    params = complete()
    del params["denoise"]

    assert rendered(params)["5"]["inputs"]["denoise"] == 1.0


def test_what_is_rendered_is_checked_before_it_leaves() -> None:
    with pytest.raises(HarmfulGraph, match="holds what JSON cannot carry"):
        render(TEXT_TO_IMAGE, complete(), prompt="", negative_prompt="", filename_prefix="\ud800")


@given(good_requests, prompts)
@settings(QUICK)
def test_every_valid_request_renders_to_a_graph_that_is_fit_to_send(
    request: tuple[Workflow, dict[str, Any]], prompt: str
) -> None:
    workflow, params = request
    before = workflow.template()

    graph = rendered(resolve(params, workflow=workflow).params, workflow=workflow, prompt=prompt)

    check_graph(graph)
    assert json.loads(json.dumps(graph, allow_nan=False)) == graph
    assert workflow.template() == before


@given(text_to_image_params, text_to_image_params, prompts)
@settings(QUICK)
def test_two_graphs_differ_only_where_their_parameters_do(
    first: dict[str, Any], second: dict[str, Any], prompt: str
) -> None:
    one = resolve(first | {"loras": []}, seed=1).params
    other = resolve(second | {"loras": []}, seed=2).params

    graph, other_graph = rendered(one, prompt=prompt), rendered(other, prompt=prompt)
    differences = {
        (node_id, name)
        for node_id, node in graph.items()
        for name, value in node["inputs"].items()
        if other_graph[node_id]["inputs"][name] != value
    }

    manifest = TEXT_TO_IMAGE.manifest
    assert differences == {
        (place.node, place.input)
        for name, parameter in manifest.parameters.items()
        if one[name] != other[name] and parameter.type != "loras"
        for place in parameter.places
    }


@given(text_to_image_params)
@settings(QUICK)
def test_loras_add_nodes_and_change_nothing_but_links_to_the_checkpoint(
    params: dict[str, Any],
) -> None:
    with_loras = resolve(params).params
    without = with_loras | {"loras": []}

    graph, plain = rendered(with_loras), rendered(without)

    assert len(graph) == len(plain) + len(with_loras["loras"])
    for node_id, node in plain.items():
        for name, value in node["inputs"].items():
            if value not in (["1", 0], ["1", 1]):
                assert graph[node_id]["inputs"][name] == value
    assert [graph[str(8 + index)]["inputs"]["lora_name"] for index in range(len(graph) - 7)] == [
        lora["name"] for lora in with_loras["loras"]
    ]


def test_the_same_arguments_give_the_same_graph() -> None:
    params = complete(loras=[{"name": "ink"}])

    assert json.dumps(rendered(params)) == json.dumps(rendered(params))


def test_what_is_done_to_a_rendered_graph_stays_with_it() -> None:
    params = complete(loras=[{"name": "ink"}])
    expected = json.dumps(rendered(params))

    graph = rendered(params)
    graph["5"]["inputs"]["model"][0] = "nowhere"
    graph["2"]["inputs"]["clip"].append(1)
    graph.pop("7")

    assert graph["3"]["inputs"]["clip"] == ["8", 1]

    assert json.dumps(rendered(params)) == expected
