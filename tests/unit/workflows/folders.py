"""A workflow folder that works, for tests to break in one place."""

import json
import shutil
from pathlib import Path

from shared.workflows.load import BUILT_IN, BrokenWorkflow, load_workflows

GRAPH = """{
  "1": {
    "class_type": "EmptyImage",
    "inputs": {"width": 64, "height": 64, "batch_size": 1, "color": 0}
  },
  "2": {
    "class_type": "ImageInvert",
    "inputs": {"image": ["1", 0]}
  },
  "3": {
    "class_type": "SaveImage",
    "inputs": {"images": ["2", 0], "filename_prefix": "x"}
  }
}
"""

MANIFEST = """name: inverted
title: Inverted color
description: The opposite of a color.
job_type: image
output: 3
filename_prefix: {node: 3, input: filename_prefix}
prompt: unused
negative_prompt: unused
parameters:
  color:
    type: integer
    title: Color
    default: 5
    minimum: 0
    maximum: 255
    places: [{node: 1, input: color}]
"""


def write_workflow(
    home: Path, *, name: str = "inverted", graph: str = GRAPH, manifest: str = MANIFEST
) -> Path:
    folder = home / name
    folder.mkdir(parents=True)
    (folder / "graph.json").write_text(graph, encoding="utf-8")
    (folder / "manifest.yaml").write_text(manifest, encoding="utf-8")
    return folder


def swapped(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1, f"{old!r} is there {text.count(old)} times"
    return text.replace(old, new)


def complaint(home: Path) -> str:
    """What stops the start, with file names in place of whole paths."""
    try:
        load_workflows(home)
    except BrokenWorkflow as error:
        return str(error).replace(f"{home}/", "")
    raise AssertionError("the workflow was loaded")


def copy_of_built_in(home: Path, name: str, new_name: str) -> Path:
    folder = home / new_name
    shutil.copytree(BUILT_IN / name, folder)
    manifest = folder / "manifest.yaml"
    manifest.write_text(swapped(manifest.read_text(), f"name: {name}\n", f"name: {new_name}\n"))
    return folder


def change_node(folder: Path, node_id: str, **inputs: object) -> None:
    path = folder / "graph.json"
    graph = json.loads(path.read_text())
    graph[node_id]["inputs"].update(inputs)
    path.write_text(json.dumps(graph))
