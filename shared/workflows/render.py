"""From a complete set of parameters to the graph that ComfyUI is given."""

from collections.abc import Mapping
from typing import Any

from shared.workflows.graph import Graph, check_graph
from shared.workflows.loras import Loras, splice
from shared.workflows.parameters import Place
from shared.workflows.workflow import Workflow


def render(
    workflow: Workflow,
    params: Mapping[str, object],
    *,
    prompt: str,
    negative_prompt: str,
    filename_prefix: str,
) -> Graph:
    """The same graph for the same arguments, and one that check_graph lets through.

    Raises InvalidParams where `params` are not what `Workflow.validate` made of a request: a job
    may be older than the manifest."""
    resolved = workflow.accept(params, prompt=prompt, negative_prompt=negative_prompt)
    manifest = workflow.manifest
    graph = workflow.template()
    _put(graph, manifest.prompt_places(), resolved.prompt)
    _put(graph, manifest.negative_prompt_places(), resolved.negative_prompt)
    _put(graph, (manifest.filename_prefix,), filename_prefix)
    for name, parameter in manifest.parameters.items():
        if isinstance(parameter, Loras):
            splice(graph, resolved.params[name], parameter)
        else:
            _put(graph, parameter.places, resolved.params[name])
    check_graph(graph)
    return graph


def _put(graph: Graph, places: tuple[Place, ...], value: Any) -> None:
    for place in places:
        graph[place.node]["inputs"][place.input] = value
