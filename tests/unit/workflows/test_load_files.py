"""The files and folders that workflows are made of."""

from pathlib import Path

import pytest

from shared.workflows.load import BrokenWorkflow, load_workflows
from shared.workflows.render import render
from tests.unit.workflows.folders import (
    GRAPH,
    MANIFEST,
    complaint,
    swapped,
    write_workflow,
)


def test_a_new_workflow_is_a_new_folder_and_no_code(tmp_path: Path) -> None:
    write_workflow(tmp_path)

    workflow = load_workflows(tmp_path)["inverted"]
    resolved = workflow.validate(
        {"workflow": "inverted", "color": 9}, prompt="", negative_prompt="", draw_seed=lambda: 1
    )
    graph = render(
        workflow, resolved.params, prompt="", negative_prompt="", filename_prefix="mine/image"
    )

    assert graph["1"]["inputs"]["color"] == 9
    assert graph["2"]["inputs"]["image"] == ["1", 0]
    assert graph["3"]["inputs"]["filename_prefix"] == "mine/image"
    assert workflow.timeout_s == 600


def test_files_and_hidden_folders_beside_workflows_are_passed_over(tmp_path: Path) -> None:
    write_workflow(tmp_path)
    (tmp_path / ".git").mkdir()
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "notes.txt").write_text("mine")

    assert list(load_workflows(tmp_path)) == ["inverted", "solid_color", "text_to_image"]


def test_a_file_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    write_workflow(tmp_path, graph="\ufeff" + GRAPH, manifest="\ufeff" + MANIFEST)

    assert "inverted" in load_workflows(tmp_path)


@pytest.mark.parametrize("name", ["text_to_image", "solid_color"])
def test_a_workflow_of_ones_own_may_not_take_a_built_in_name(tmp_path: Path, name: str) -> None:
    manifest = "# mine\n" + swapped(MANIFEST, "name: inverted", f"name: {name}")
    write_workflow(tmp_path, name=name, manifest=manifest)

    said = f'{name}/manifest.yaml:2: there is a workflow "{name}" already'
    assert complaint(tmp_path).startswith(said)


def test_two_folders_may_not_bring_the_same_name(tmp_path: Path) -> None:
    write_workflow(tmp_path / "a")
    write_workflow(tmp_path / "b")

    with pytest.raises(BrokenWorkflow, match="already"):
        load_workflows(tmp_path / "a", tmp_path / "b")


@pytest.mark.parametrize("missing", ["graph.json", "manifest.yaml"])
def test_a_folder_without_one_of_the_two_files_is_refused(tmp_path: Path, missing: str) -> None:
    (write_workflow(tmp_path) / missing).unlink()

    assert complaint(tmp_path) == f"inverted/{missing}:1: cannot be read: No such file or directory"


def test_a_folder_of_workflows_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BrokenWorkflow, match="nowhere:1: cannot be read: No such file"):
        load_workflows(tmp_path / "nowhere")


def test_a_file_that_is_not_utf8_is_refused_with_its_line(tmp_path: Path) -> None:
    folder = write_workflow(tmp_path)
    (folder / "manifest.yaml").write_bytes(b"name: inverted\ntitle: \xff\n")

    assert complaint(tmp_path) == "inverted/manifest.yaml:2: is not UTF-8"


def test_a_file_of_many_megabytes_is_refused(tmp_path: Path) -> None:
    folder = write_workflow(tmp_path)
    (folder / "graph.json").write_text(" " * (4 * 1024 * 1024 + 1))

    assert complaint(tmp_path).startswith("inverted/graph.json:1: is larger than")
