"""The 'classic' cache: results of the last graph's nodes, by what went into them.

An identical graph therefore runs nothing and names the old file, whether it still exists or not."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from deploy.comfyui_simulator.behaviour import Folders
from deploy.comfyui_simulator.files import file_of_input
from deploy.comfyui_simulator.node_types import NodeType
from deploy.comfyui_simulator.prompts import JsonObject, Prompt, is_link
from deploy.comfyui_simulator.work import Outcome

Signature = str


@dataclass
class Signatures:
    """A node's class, its own values and the signatures of what it reads; never its id."""

    prompt: Prompt
    classes: Mapping[str, NodeType]
    folders: Folders
    _known: dict[str, Signature] = field(default_factory=dict)

    def of(self, node_id: str) -> Signature:
        """KeyError for a node without inputs, which is what kills the real worker."""
        if node_id in self._known:
            return self._known[node_id]
        self._known[node_id] = "a cycle"
        node = self.prompt[node_id]
        parts: list[object] = [node["class_type"], node.get("is_changed")]
        for name, value in sorted(node["inputs"].items()):
            if not is_link(value):
                parts.append((name, value))
            elif value[0] in self.prompt:
                parts.append((name, self.of(value[0]), value[1]))
            else:
                parts.append((name, "missing"))
        parts.append(self.file_digest(node))
        signature = hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()
        self._known[node_id] = signature
        return signature

    def file_digest(self, node: JsonObject) -> str | None:
        """Of the file that a LoadImage reads, so that changed bytes count as another graph."""
        name = self.classes[node["class_type"]].reads_file
        if name is None or not isinstance(node["inputs"].get(name), str):
            return None
        path = file_of_input(self.folders, node["inputs"][name])
        if path is None or not path.is_file():
            return None
        return hashlib.sha256(path.read_bytes()).hexdigest()


@dataclass
class Cache:
    _outcomes: dict[Signature, Outcome] = field(default_factory=dict)

    def keep_only(self, signatures: set[Signature]) -> None:
        for signature in self._outcomes.keys() - signatures:
            del self._outcomes[signature]

    def clear(self) -> None:
        self._outcomes.clear()

    def get(self, signature: Signature) -> Outcome | None:
        return self._outcomes.get(signature)

    def put(self, signature: Signature, outcome: Outcome) -> None:
        self._outcomes[signature] = outcome

    def shown_by(self, signatures: Mapping[str, Signature]) -> dict[str, Outcome]:
        """What the nodes show, those included that this job never reached."""
        found = {node_id: self._outcomes.get(one) for node_id, one in signatures.items()}
        return {
            node_id: outcome
            for node_id, outcome in found.items()
            if outcome is not None and outcome.ui is not None
        }
