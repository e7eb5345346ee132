"""How far each node of a job is; every message repeats all of them, as the real one does."""

from deploy.comfyui_simulator.prompts import JsonObject
from deploy.comfyui_simulator.sockets import Hub


class Progress:
    def __init__(self, prompt_id: str, hub: Hub) -> None:
        self._prompt_id = prompt_id
        self._hub = hub
        self._nodes: dict[str, JsonObject] = {}

    def start(self, node_id: str) -> None:
        self._set(node_id, 0.0, 1.0, "running")

    def step(self, node_id: str, value: int, most: int, jpeg: bytes | None) -> None:
        self._set(node_id, value, most, "running")
        data = {"value": value, "max": most, "prompt_id": self._prompt_id, "node": node_id}
        if jpeg is not None and self._hub.client_wants_metadata:
            metadata = {**self._names(node_id), "image_type": "image/jpeg"}
            self._hub.show_preview_with_metadata(jpeg, metadata)
            self._hub.tell_or_broadcast("progress", data)
            return
        self._hub.tell_or_broadcast("progress", data)
        if jpeg is not None:
            self._hub.show_preview(jpeg)

    def finish(self, node_id: str) -> None:
        most = self._nodes[node_id]["max"] if node_id in self._nodes else 1
        self._set(node_id, most, most, "finished")

    def _set(self, node_id: str, value: float, most: float, state: str) -> None:
        names = self._names(node_id)
        self._nodes[node_id] = {"value": value, "max": most, "state": state, **names}
        data = {"prompt_id": self._prompt_id, "nodes": dict(self._nodes)}
        self._hub.tell_or_broadcast("progress_state", data)

    def _names(self, node_id: str) -> JsonObject:
        return {
            "node_id": node_id,
            "prompt_id": self._prompt_id,
            "display_node_id": node_id,
            "parent_node_id": None,
            "real_node_id": node_id,
        }
