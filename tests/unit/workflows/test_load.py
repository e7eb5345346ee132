"""Workflow folders: what is loaded, and what stops the start, with file and line."""

from pathlib import Path

import pytest

from shared.errors import Refused
from shared.jobs import JobType
from shared.workflows.load import BrokenWorkflow, load_workflows
from tests.unit.workflows.folders import (
    GRAPH,
    MANIFEST,
    complaint,
    copy_of_built_in,
    swapped,
    write_workflow,
)


def test_two_workflows_are_built_in() -> None:
    workflows = load_workflows()

    assert list(workflows) == ["solid_color", "text_to_image"]
    text_to_image = workflows["text_to_image"]
    assert text_to_image.title == "Text to image"
    assert text_to_image.job_type is JobType.IMAGE
    assert text_to_image.timeout_s == 600
    assert text_to_image.template()[text_to_image.output_node]["class_type"] == "SaveImage"


def test_a_broken_workflow_is_a_refusal_with_a_stable_code() -> None:
    assert issubclass(BrokenWorkflow, Refused)
    assert BrokenWorkflow.code == "broken_workflow"


def test_all_complaints_about_a_manifest_come_at_once(tmp_path: Path) -> None:
    manifest = swapped(MANIFEST, "default: 5", "default: 999")
    write_workflow(tmp_path, manifest=swapped(manifest, "output: 3", "output: 33"))

    text = complaint(tmp_path)

    assert 'inverted/manifest.yaml:5: the graph has no node "33"; did you mean "3"?' in text
    assert (
        "inverted/manifest.yaml:13: "
        "the default must be a whole number from 0 to 255, not 999" in text
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("output: 3\n", "", 'manifest.yaml:1: the manifest has no "output"'),
        (
            "filename_prefix: {node: 3, input: filename_prefix}\n",
            "",
            'manifest.yaml:1: the manifest has no "filename_prefix"',
        ),
        ("prompt: unused\nneg", "neg", 'manifest.yaml:1: the manifest has no "prompt"'),
        ("prompt: unused\nneg", "prompt: no\nneg", "manifest.yaml:7: prompt: Input should be"),
        ("prompt: unused\nneg", "prompt: []\nneg", "manifest.yaml:7: prompt: "),
        ("image\n", "video\n", "manifest.yaml:4: job_type: Input should be 'image'"),
        ("image\n", "image\ntimeout_s: 0\n", "manifest.yaml:5: timeout_s: "),
        ("image\n", "image\ntimeout_s: 86401\n", "manifest.yaml:5: timeout_s: "),
        ("image\n", "image\ntimeout_s: '60'\n", "manifest.yaml:5: timeout_s: "),
        ("image\n", "image\ncolour: red\n", "manifest.yaml:5: colour is not a key that belongs"),
        ("    default: 5\n", "    defautl: 5\n", "manifest.yaml:13: parameters.color.defautl is"),
        ("    default: 5\n", "    default: '5'\n", "manifest.yaml:13: parameters.color.default: "),
        ("    default: 5\n", "    default: true\n", "manifest.yaml:13: parameters.color.default"),
        ("    default: 5\n", "    default: 256\n", "manifest.yaml:13: the default must be a whole"),
        ("    default: 5\n", "", "manifest.yaml:10: needs a default, or `required: true`"),
        (
            "    default: 5\n",
            "    default: 5\n    required: true\n",
            "manifest.yaml:14: a required parameter has no default",
        ),
        ("minimum: 0", "minimum: 256", "manifest.yaml:14: the minimum is above the maximum"),
        ("minimum: 0", "multiple_of: 0", "manifest.yaml:14: parameters.color.multiple_of: "),
        ("type: integer", "type: integre", "manifest.yaml:10: parameters.color: "),
        ("    type: integer\n", "", "manifest.yaml:10: parameters.color: "),
        ("node: 1", "node: 9", 'manifest.yaml:16: the graph has no node "9"'),
        (
            "input: color",
            "input: colour",
            'manifest.yaml:16: node "1" (EmptyImage) has no input "colour" in the graph; '
            'did you mean "color"?',
        ),
        (
            "{node: 1, input: color}",
            "{node: 2, input: image}",
            'manifest.yaml:16: input "image" of node "2" (ImageInvert) is linked',
        ),
        (
            "{node: 1, input: color}",
            "{node: 1, input: batch_size}",
            'manifest.yaml:16: input "batch_size" of node "1" (EmptyImage) must stay 1',
        ),
        (
            "{node: 1, input: color}",
            "{node: 3, input: filename_prefix}",
            "manifest.yaml:16: another value goes to the same place",
        ),
        ("[{node: 1, input: color}]", "[]", "manifest.yaml:16: parameters.color.places: "),
        ("  color:\n", "  workflow:\n", 'manifest.yaml:10: "workflow" is a field of every'),
        ("  color:\n", "  Color!:\n", "manifest.yaml:10: parameters.Color!: "),
        (
            "output: 3",
            "output: 2",
            'manifest.yaml:6: node "3" does not lead to the output, node "2"',
        ),
        ("name: inverted", "name: other", 'manifest.yaml:1: "other" is in a folder called'),
        ("title: Color\n", "title: Color: red\n", "manifest.yaml:12: mapping values are not"),
        ("title: Color\n", "title: Color\n    title: B\n", 'manifest.yaml:13: "title" stands here'),
        ("title: Color\n", "title: &a Color\n    help: *a\n", "manifest.yaml:13: an alias"),
        ("title: Color\n", "title: *nothing\n", "manifest.yaml:12: found undefined alias"),
        ("title: Color\n", "help: &a [*a]\n", "manifest.yaml:12: an alias"),
        ("title: Color\n", "title: !!python/name:os.system x\n", "manifest.yaml:12: could not"),
        (
            "title: Color\n",
            "? [a, b]\n    : 3\n    title: Color\n",
            "manifest.yaml:12: this is no name",
        ),
    ],
)
def test_a_broken_manifest_is_refused_with_file_and_line(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    write_workflow(tmp_path, manifest=swapped(MANIFEST, old, new))

    assert f"inverted/{said}" in complaint(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"color": 0}', '"color" 0}', "graph.json:4: not JSON: "),
        ('"color": 0', '"color": NaN', "graph.json:1: not JSON that can be read: NaN"),
        ('"color": 0', '"color": 1e999', 'graph.json:2: input "color" of node "1" holds what'),
        ('"batch_size": 1', '"batch_size": 4', 'graph.json:2: input "batch_size" of node "1" must'),
        ('"batch_size": 1', '"batch_size": ["2", 0]', "graph.json:2: "),
        ('["1", 0]', '["8", 0]', 'graph.json:6: input "image" of node "2" links to node "8"'),
        ('["1", 0]', "[1, 0]", 'graph.json:6: input "image" of node "2" is a list, but not a link'),
        ('["1", 0]', '["3", 0]', "graph.json:6: nodes depend on each other in a circle"),
        ('"inputs": {"image": ["1", 0]}', '"extra": 1', 'graph.json:6: node "2" has no inputs'),
        ('"class_type": "ImageInvert",', "", 'graph.json:6: node "2" has no class_type'),
        ('"2": {', '"1": {', 'graph.json:6: "1" stands here twice'),
        (GRAPH, "[]", "graph.json:1: a graph is an object with at least one node"),
        (GRAPH, "{}", "graph.json:1: a graph is an object with at least one node"),
        (GRAPH, "", "graph.json:1: not JSON: "),
        (GRAPH, "[" * 100_000, "graph.json:1: not JSON"),
        (GRAPH, "9" * 5_000, "graph.json:1: not JSON that can be read"),
    ],
)
def test_a_graph_that_would_hurt_comfyui_is_refused_with_file_and_line(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    write_workflow(tmp_path, graph=swapped(GRAPH, old, new))

    assert f"inverted/{said}" in complaint(tmp_path)


def test_a_node_is_found_although_its_id_is_also_an_input_or_written_with_escapes(
    tmp_path: Path,
) -> None:
    graph = swapped(GRAPH, '"color": 0', '"color": 0, "2": "\\"2\\": {"')
    graph = swapped(graph, '"2": {\n    "class_type": "ImageInvert",', '"\\u0032": {')
    write_workflow(tmp_path, graph=graph)

    assert complaint(tmp_path).startswith('inverted/graph.json:6: node "2" has no class_type')


def test_the_filename_prefix_may_reach_the_output_through_other_nodes(tmp_path: Path) -> None:
    graph = swapped(GRAPH, '"filename_prefix": "x"', '"filename_prefix": ["4", 0]')
    graph = swapped(
        graph, '{\n  "1"', '{\n  "4": {"class_type": "Text", "inputs": {"a": ""}},\n  "1"'
    )
    place = "{node: 3, input: filename_prefix}"
    write_workflow(tmp_path, graph=graph, manifest=swapped(MANIFEST, place, "{node: 4, input: a}"))

    assert "inverted" in load_workflows(tmp_path)


@pytest.mark.parametrize("text", ["", "[1]", "just text", "[" * 500, "a: " + "9" * 5_000])
def test_a_manifest_that_is_no_mapping_or_endless_is_refused(tmp_path: Path, text: str) -> None:
    write_workflow(tmp_path, manifest=text)

    assert complaint(tmp_path).startswith("inverted/manifest.yaml:1: ")


def test_words_that_older_yaml_takes_for_something_else_are_text(tmp_path: Path) -> None:
    graph = GRAPH.replace('"3"', '"57:8"')
    manifest = MANIFEST.replace("node: 3", "node: 57:8").replace("output: 3", "output: 57:8")
    manifest = swapped(manifest, "title: Color", "title: on")
    write_workflow(
        tmp_path, graph=graph, manifest=swapped(manifest, "The opposite of a color.", "2026-11-23")
    )

    workflow = load_workflows(tmp_path)["inverted"]

    assert workflow.output_node == "57:8"
    assert workflow.description == "2026-11-23"
    assert workflow.manifest.parameters["color"].title == "on"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('model: {node: "1", output: 0}', "model: {node: 6, output: 0, x: 1}", "not a key that"),
        ("options: samplers", "options: sampler", "must be a list, or one of checkpoints, loras"),
        ("options: samplers", "options: []", "must have at least one option"),
        ("options: samplers", "options: [euler, '']", "must not be empty"),
        ('clip: {node: "1", output: 1}', "clip: {node: 8, output: 1}", "the graph has no node"),
        ('clip: {node: "1", output: 1}', "clip: {node: 1, output: 5}", "nothing in the graph uses"),
        ('clip: {node: "1", output: 1}', "clip: {node: 5, output: 0}", "in a circle"),
        ('model: {node: "1", output: 0}', "model: {node: 1, output: -1}", "greater than or equal"),
    ],
)
def test_choices_and_loras_must_fit_the_graph(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    folder = copy_of_built_in(tmp_path, "text_to_image", "mine")
    manifest = folder / "manifest.yaml"
    text = swapped(manifest.read_text(), old, new)
    manifest.write_text(text)

    line = text[: text.index(new)].count("\n") + 1
    if "circle" in said:
        line = text[: text.index("  loras:")].count("\n") + 1
    assert f"mine/manifest.yaml:{line}: " in complaint(tmp_path)
    assert said in complaint(tmp_path)


def test_a_default_must_be_one_of_a_fixed_list(tmp_path: Path) -> None:
    folder = copy_of_built_in(tmp_path, "text_to_image", "mine")
    manifest = folder / "manifest.yaml"
    text = swapped(manifest.read_text(), "options: samplers", "options: [heun, eulre]")
    manifest.write_text(text)

    said = 'the default must be one of "heun", "eulre", not "euler"; did you mean "eulre"?'
    line = text[: text.index("default: euler")].count("\n") + 1
    assert complaint(tmp_path) == f"mine/manifest.yaml:{line}: {said}"
