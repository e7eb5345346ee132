"""Workflow folders → Workflows. The only place here that reads files."""

from collections.abc import Callable, Container, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from shared.errors import Refused
from shared.workflows.faults import batch_faults, manifest_faults
from shared.workflows.graph import Graph, HarmfulGraph, check_graph
from shared.workflows.manifest import Manifest
from shared.workflows.parameters import Fault
from shared.workflows.source import Source, Unreadable, read_json, read_yaml
from shared.workflows.values import shown
from shared.workflows.workflow import Workflow, Workflows

BUILT_IN = Path(__file__).parent
LARGEST_FILE = 4 * 1024 * 1024  # bytes


class Complaint(NamedTuple):
    file: Path
    line: int
    msg: str


class BrokenWorkflow(Refused):
    """A folder that is no workflow. The text has a line for each complaint: file:line: what."""

    code = "broken_workflow"

    def __init__(self, complaints: Iterable[Complaint]) -> None:
        self.complaints = tuple(complaints)
        super().__init__("\n".join(f"{file}:{line}: {msg}" for file, line, msg in self.complaints))


def load_workflows(*folders: Path) -> Workflows:
    """The built-in workflows and those in `folders`, each a folder of its own in there.

    Raises BrokenWorkflow. A name that starts with `.` or `_` is passed over."""
    workflows = dict(_built_in())
    for folder in folders:
        workflows |= _load_folders(folder, taken=workflows)
    return Workflows(workflows)


@cache
def _built_in() -> Workflows:
    return Workflows(_load_folders(BUILT_IN, taken=()))


def _load_folders(folder: Path, *, taken: Container[str]) -> dict[str, Workflow]:
    loaded = [load_workflow(path, taken=taken) for path in _workflow_folders(folder)]
    return {workflow.name: workflow for workflow in loaded}


def load_workflow(folder: Path, *, taken: Container[str] = ()) -> Workflow:
    """Raises BrokenWorkflow."""
    graph_path, manifest_path = folder / "graph.json", folder / "manifest.yaml"
    template = _read(graph_path)
    graph = _load_graph(graph_path, template)
    source = _parse(read_yaml, manifest_path, _read(manifest_path))
    manifest = _understand(manifest_path, source)
    faults = [*_name_faults(manifest.name, folder, taken), *manifest_faults(manifest, graph)]
    if faults:
        raise BrokenWorkflow(Complaint(manifest_path, source.line(loc), msg) for loc, msg in faults)
    return Workflow(manifest, template)


def _workflow_folders(folder: Path) -> list[Path]:
    try:
        inside = sorted(folder.iterdir())
    except OSError as error:
        raise BrokenWorkflow([Complaint(folder, 1, _cannot_be_read(error))]) from error
    return [path for path in inside if path.is_dir() and path.name[0] not in "._"]


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise BrokenWorkflow([Complaint(path, 1, _cannot_be_read(error))]) from error
    if len(content) > LARGEST_FILE:
        raise BrokenWorkflow([Complaint(path, 1, f"is larger than {LARGEST_FILE} bytes")])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BrokenWorkflow([Complaint(path, line, "is not UTF-8")]) from error


def _cannot_be_read(error: OSError) -> str:
    return f"cannot be read: {error.strerror}"


def _parse(parse: Callable[[str], Source], path: Path, text: str) -> Source:
    try:
        return parse(text)
    except Unreadable as error:
        raise BrokenWorkflow([Complaint(path, error.line, str(error))]) from error


def _load_graph(path: Path, text: str) -> Graph:
    source = _parse(read_json, path, text)
    try:
        check_graph(source.content)
    except HarmfulGraph as error:
        faults = list(error.faults)
        cause: HarmfulGraph | None = error
    else:
        faults, cause = list(batch_faults(source.content)), None
    if faults:
        complaints = [Complaint(path, source.line((node_id,)), msg) for node_id, msg in faults]
        raise BrokenWorkflow(complaints) from cause
    graph: Graph = source.content
    return graph


def _understand(path: Path, source: Source) -> Manifest:
    try:
        return Manifest.model_validate(source.content)
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False, include_input=False)
        raise BrokenWorkflow(
            Complaint(path, source.line(one["loc"]), _in_words(one, source)) for one in details
        ) from error


def _in_words(error: ErrorDetails, source: Source) -> str:
    place = ".".join(map(str, source.nearest(error["loc"]))) or "the manifest"
    match error["type"]:
        case "missing":
            return f"{place} has no {shown(error['loc'][-1])}"
        case "extra_forbidden":
            return f"{place} is not a key that belongs here"
        case _:
            return f"{place}: {error['msg']}"


def _name_faults(name: str, folder: Path, taken: Container[str]) -> Iterator[Fault]:
    if name in taken:
        yield Fault(("name",), f"there is a workflow {shown(name)} already; choose another name")
    if name != folder.name:
        msg = f"{shown(name)} is in a folder called {shown(folder.name)}; they must be the same"
        yield Fault(("name",), msg)
