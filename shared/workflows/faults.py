"""What can be wrong between a manifest and its graph, though each is well-formed by itself."""

from collections.abc import Iterator

from shared.workflows.graph import Graph, GraphFault, HarmfulGraph, check_graph, is_link, sources
from shared.workflows.loras import Loras, splice
from shared.workflows.manifest import Manifest, Parameter
from shared.workflows.options import OPTION_SOURCES
from shared.workflows.parameters import Choice, Fault, Integer, Loc, Number, Place, Socket
from shared.workflows.values import name_fault, nearest, shown

RESERVED = ("workflow", "prompt", "negative_prompt")  # a request says these itself
REPEATING = {("RepeatLatentBatch", "amount"), ("RepeatImageBatch", "amount")}


def manifest_faults(manifest: Manifest, graph: Graph) -> Iterator[Fault]:
    """`loc` is a place in the manifest."""
    if manifest.output not in graph:
        yield Fault(("output",), _no_node(manifest.output, graph))
    else:
        yield from _prefix_faults(manifest, graph)
    for name, parameter in manifest.parameters.items():
        loc: Loc = ("parameters", name)
        if name in RESERVED:
            yield Fault(loc, f"{shown(name)} is a field of every request; choose another name")
        yield from _default_faults(parameter, loc)
        yield from _own_faults(parameter, loc, graph)
    yield from _place_faults(manifest, graph)


def batch_faults(graph: Graph) -> Iterator[GraphFault]:
    """Nodes that give more than one image: N images are N jobs."""
    for node_id, node in graph.items():
        for name, value in node["inputs"].items():
            if _makes_batch(node["class_type"], name) and (type(value) is not int or value != 1):
                where = f"input {shown(name)} of node {shown(node_id)}"
                yield GraphFault(node_id, f"{where} must be 1: one image a job")


def _makes_batch(class_type: str, name: str) -> bool:
    return name == "batch_size" or (class_type, name) in REPEATING


def _prefix_faults(manifest: Manifest, graph: Graph) -> Iterator[Fault]:
    prefix = manifest.filename_prefix
    feeding, pending = set(), [manifest.output]
    while pending:
        if (node_id := pending.pop()) not in feeding:
            feeding.add(node_id)
            pending.extend(sources(graph, node_id))
    if prefix.node in graph and prefix.node not in feeding:
        msg = (
            f"node {shown(prefix.node)} does not lead to the output, node {shown(manifest.output)}"
        )
        yield Fault(("filename_prefix",), msg)


def _default_faults(parameter: Parameter, loc: Loc) -> Iterator[Fault]:
    if isinstance(parameter, Integer | Number) and parameter.minimum > parameter.maximum:
        yield Fault((*loc, "minimum"), "the minimum is above the maximum")
    elif parameter.default is not None:
        if parameter.required:
            yield Fault((*loc, "required"), "a required parameter has no default")
        for fault in parameter.faults(parameter.default, (*loc, "default")):
            yield Fault(fault.loc, f"the default {fault.msg}")
    elif not parameter.required and not parameter.fills_in:
        yield Fault(loc, "needs a default, or `required: true`")


def _own_faults(parameter: Parameter, loc: Loc, graph: Graph) -> Iterator[Fault]:
    match parameter:
        case Choice(options=str(kind)) if kind not in OPTION_SOURCES:
            known = ", ".join(OPTION_SOURCES)
            msg = f"must be a list, or one of {known}, not {shown(kind)}"
            yield Fault((*loc, "options"), msg + nearest(kind, OPTION_SOURCES))
        case Choice(options=list(names)):
            if not names:
                yield Fault((*loc, "options"), "must have at least one option")
            for index, name in enumerate(names):
                if wrong := name_fault(name):
                    yield Fault((*loc, "options", index), wrong)
        case Loras():
            yield from _splice_faults(parameter, loc, graph)
        case _:
            pass


def _splice_faults(parameter: Loras, loc: Loc, graph: Graph) -> Iterator[Fault]:
    unused = [
        Fault((*loc, what), msg)
        for what, socket in (("model", parameter.model), ("clip", parameter.clip))
        if socket and (msg := _socket_fault(socket, graph))
    ]
    yield from unused
    if not unused:
        trial = {
            node_id: node | {"inputs": dict(node["inputs"])} for node_id, node in graph.items()
        }
        splice(trial, [{"name": "trial", "strength_model": 1.0, "strength_clip": 1.0}], parameter)
        try:
            check_graph(trial)
        except HarmfulGraph as error:
            yield Fault(loc, f"with a LoRA spliced in, {error}")


def _socket_fault(socket: Socket, graph: Graph) -> str | None:
    if socket.node not in graph:
        return _no_node(socket.node, graph)
    link = [socket.node, socket.output]
    used = any(value == link for node in graph.values() for value in node["inputs"].values())
    return (
        None
        if used
        else f"nothing in the graph uses output {socket.output} of node {shown(socket.node)}"
    )


def _place_faults(manifest: Manifest, graph: Graph) -> Iterator[Fault]:
    taken: set[Place] = set()
    for loc, place in _places(manifest):
        if msg := _place_fault(place, graph):
            yield Fault(loc, msg)
        elif place in taken:
            yield Fault(loc, "another value goes to the same place")
        taken.add(place)


def _places(manifest: Manifest) -> Iterator[tuple[Loc, Place]]:
    yield ("filename_prefix",), manifest.filename_prefix
    for index, place in enumerate(manifest.prompt_places()):
        yield ("prompt", index), place
    for index, place in enumerate(manifest.negative_prompt_places()):
        yield ("negative_prompt", index), place
    for name, parameter in manifest.parameters.items():
        if not isinstance(parameter, Loras):
            for index, place in enumerate(parameter.places):
                yield ("parameters", name, "places", index), place


def _place_fault(place: Place, graph: Graph) -> str | None:
    if place.node not in graph:
        return _no_node(place.node, graph)
    node = graph[place.node]
    where = f"node {shown(place.node)} ({node['class_type']})"
    if place.input not in node["inputs"]:
        near = nearest(place.input, node["inputs"])
        return f"{where} has no input {shown(place.input)} in the graph{near}"
    if is_link(node["inputs"][place.input]):
        return f"input {shown(place.input)} of {where} is linked to another node"
    if _makes_batch(node["class_type"], place.input):
        return f"input {shown(place.input)} of {where} must stay 1: one image a job"
    return None


def _no_node(node_id: str, graph: Graph) -> str:
    return f"the graph has no node {shown(node_id)}{nearest(node_id, graph)}"
