"""In which order the nodes of a graph run."""

from collections.abc import Collection, Mapping

from deploy.comfyui_simulator.node_types import NodeType
from deploy.comfyui_simulator.prompts import Prompt, links_of


class DependencyCycle(Exception):
    """The graph reads itself through an input that its class does not declare."""

    def __init__(self, nodes: list[str]) -> None:
        super().__init__("the nodes of this graph wait for each other")
        self.nodes = nodes


def execution_order(
    prompt: Prompt,
    outputs: Collection[str],
    *,
    cached: Collection[str],
    classes: Mapping[str, NodeType],
) -> list[str]:
    """What the outputs need and the cache lacks; a ready output runs before anything else.

    KeyError: a link to a node that is not there. DependencyCycle: some can never be ready."""
    reads = _needed(prompt, outputs, cached)
    order: list[str] = []
    waiting = dict.fromkeys(reads)
    while waiting:
        ready = [node_id for node_id in waiting if not reads[node_id] & waiting.keys()]
        if not ready:
            raise DependencyCycle(list(waiting))
        chosen = next((one for one in ready if _is_output(prompt, one, classes)), None)
        chosen = chosen or _just_before_an_output(ready, prompt, reads, classes) or ready[0]
        order.append(chosen)
        del waiting[chosen]
    return order


def _needed(
    prompt: Prompt, outputs: Collection[str], cached: Collection[str]
) -> dict[str, set[str]]:
    reads: dict[str, set[str]] = {}
    unseen = [output for output in reversed(list(outputs)) if output not in cached]
    while unseen:
        node_id = unseen.pop()
        if node_id in reads:
            continue
        sources = [source for source in links_of(prompt[node_id]) if source not in cached]
        reads[node_id] = set(sources)
        unseen.extend(source for source in reversed(sources) if source not in reads)
    return reads


def _is_output(prompt: Prompt, node_id: str, classes: Mapping[str, NodeType]) -> bool:
    return classes[prompt[node_id]["class_type"]].is_output


def _just_before_an_output(
    ready: list[str],
    prompt: Prompt,
    reads: Mapping[str, set[str]],
    classes: Mapping[str, NodeType],
) -> str | None:
    for node_id in ready:
        for reader, sources in reads.items():
            if node_id in sources and _is_output(prompt, reader, classes):
                return node_id
    return None
