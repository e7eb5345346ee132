"""The JSON Schema of a workflow says what the validation does."""

import json
from pathlib import Path
from typing import Any

import pytest

from shared.workflows.load import load_workflow
from shared.workflows.parameters import Fault
from shared.workflows.resolve import InvalidParams
from shared.workflows.workflow import Workflow
from tests.unit.workflows.folders import MANIFEST, copy_of_built_in, swapped, write_workflow
from tests.unit.workflows.requests import SOLID_COLOR, TEXT_TO_IMAGE, WORKFLOWS, resolve

EVERY_OTHER_TYPE = """
  mode:
    {type: choice, options: [soft, hard], title: M, default: soft, places: [{node: 1, input: mode}]}
  note:
    {type: text, longest: 5, title: Note, required: true, places: [{node: 1, input: note}]}
  tiled:
    {type: boolean, title: Tiled, default: false, places: [{node: 1, input: tiled}]}
"""


def properties(workflow: Workflow) -> dict[str, Any]:
    found: dict[str, Any] = workflow.json_schema()["properties"]
    return found


def test_a_parameter_is_described_with_bounds_default_and_words() -> None:
    assert properties(TEXT_TO_IMAGE)["width"] == {
        "title": "Width",
        "description": "512 suits SD 1.5 and is quick; SDXL and newer models want 1024.",
        "x-unit": "px",
        "type": "integer",
        "minimum": 64,
        "maximum": 2048,
        "multipleOf": 8,
        "x-type": "integer",
        "default": 512,
    }


def test_the_api_promises_these_bounds() -> None:
    described = properties(TEXT_TO_IMAGE)

    bounds = {
        name: (rule["minimum"], rule["maximum"])
        for name, rule in described.items()
        if "minimum" in rule
    }
    assert bounds == {
        "width": (64, 2048),
        "height": (64, 2048),
        "steps": (1, 150),
        "cfg": (0, 30),
        "denoise": (0, 1),
        "seed": (0, 9_007_199_254_740_991),
    }


def test_choices_name_the_kind_that_the_models_endpoint_lists() -> None:
    described = properties(TEXT_TO_IMAGE)

    assert described["checkpoint"]["x-options"] == "checkpoints"
    assert described["sampler"]["x-options"] == "samplers"
    assert described["loras"]["items"]["properties"]["name"]["x-options"] == "loras"


def test_a_seed_may_be_null_and_is_by_default() -> None:
    seed = properties(TEXT_TO_IMAGE)["seed"]

    assert seed["type"] == ["integer", "null"]
    assert seed["default"] is None


def test_a_schema_says_whether_the_prompt_is_used() -> None:
    assert TEXT_TO_IMAGE.json_schema()["x-prompt"] is True
    assert SOLID_COLOR.json_schema()["x-prompt"] is False
    assert SOLID_COLOR.json_schema()["x-negative-prompt"] is False


def test_only_text_to_image_need_not_be_named() -> None:
    assert TEXT_TO_IMAGE.json_schema()["required"] == []
    assert SOLID_COLOR.json_schema()["required"] == ["workflow"]


@pytest.mark.parametrize("name", list(WORKFLOWS))
def test_the_defaults_of_the_schema_are_a_valid_request(name: str) -> None:
    workflow = WORKFLOWS[name]
    described = properties(workflow)

    defaults = {field: rule["default"] for field, rule in described.items() if "default" in rule}
    resolved = resolve(defaults, workflow=workflow)

    assert resolved.params == resolve({}, workflow=workflow).params
    json.dumps(workflow.json_schema(), allow_nan=False)


@pytest.mark.parametrize("name", list(WORKFLOWS))
def test_the_bounds_of_the_schema_are_those_of_the_validation(name: str) -> None:
    workflow = WORKFLOWS[name]

    for field, rule in properties(workflow).items():
        if "minimum" in rule:
            step = rule.get("multipleOf", 1)
            resolve({field: rule["minimum"]}, workflow=workflow)
            resolve({field: rule["maximum"]}, workflow=workflow)
            for outside in (rule["minimum"] - step, rule["maximum"] + step):
                with pytest.raises(InvalidParams):
                    resolve({field: outside}, workflow=workflow)


@pytest.mark.parametrize(
    ("field", "title"), [("seed", "Seed"), ("loras", "LoRAs"), ("checkpoint", "Checkpoint")]
)
def test_what_could_fill_itself_in_may_be_required_all_the_same(
    tmp_path: Path, field: str, title: str
) -> None:
    folder = copy_of_built_in(tmp_path, "text_to_image", "strict")
    manifest = folder / "manifest.yaml"
    text = swapped(
        manifest.read_text(), f"title: {title}\n", f"title: {title}\n    required: true\n"
    )
    manifest.write_text(text)
    workflow = load_workflow(folder)

    with pytest.raises(InvalidParams) as caught:
        resolve({}, workflow=workflow)

    assert caught.value.errors == (Fault(("params", field), "is missing"),)
    assert workflow.json_schema()["required"] == ["workflow", field]


def test_every_type_of_parameter_is_described_and_checked(tmp_path: Path) -> None:
    manifest = swapped(MANIFEST, "parameters:\n", "parameters:\n" + EVERY_OTHER_TYPE)
    folder = write_workflow(tmp_path, manifest=manifest)
    graph = json.loads((folder / "graph.json").read_text())
    graph["1"]["inputs"] |= {"mode": "", "note": "", "tiled": True}
    (folder / "graph.json").write_text(json.dumps(graph))
    workflow = load_workflow(folder)

    described = properties(workflow)
    assert described["mode"]["enum"] == ["soft", "hard"]
    assert described["note"]["maxLength"] == 5
    assert described["tiled"]["type"] == "boolean"
    assert described["tiled"]["default"] is False
    assert workflow.json_schema()["required"] == ["workflow", "note"]

    assert resolve({"note": "brief"}, workflow=workflow).params["mode"] == "soft"
    with pytest.raises(InvalidParams) as caught:
        resolve({"mode": "sotf", "tiled": 1}, workflow=workflow)
    assert [(fault.loc[-1], fault.msg) for fault in caught.value.errors] == [
        ("mode", 'must be one of "soft", "hard", not "sotf"; did you mean "soft"?'),
        ("tiled", "must be true or false, not 1"),
        ("note", "is missing"),
    ]
