"""A served simulator, and the few requests that its tests make all the time."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect

from deploy.comfyui_simulator.behaviour import Behaviour
from deploy.comfyui_simulator.server import serve
from deploy.comfyui_simulator.simulator import Simulator

CHECKPOINT = "model-a.safetensors"
PATIENCE = 20
Graph = dict[str, dict[str, Any]]
_colors = itertools.count(1)


def solid(*, color: int | None = None, prefix: str = "solid/image", side: int = 64) -> Graph:
    """The smallest graph; without a color, one that nobody has asked for before."""
    inputs = {"width": side, "height": side, "batch_size": 1}
    return {
        "1": {
            "class_type": "EmptyImage",
            "inputs": {**inputs, "color": next(_colors) if color is None else color},
        },
        "2": {
            "class_type": "SaveImage",
            "inputs": {"images": ["1", 0], "filename_prefix": prefix},
        },
    }


def text_to_image(
    text: str = "a cat", *, seed: int = 1, steps: int = 4, prefix: str = "t2i/image", side: int = 64
) -> Graph:
    sampler = {
        "seed": seed,
        "steps": steps,
        "cfg": 7.0,
        "sampler_name": "euler",
        "scheduler": "normal",
        "denoise": 1.0,
        "model": ["10", 0],
        "positive": ["6", 0],
        "negative": ["7", 0],
        "latent_image": ["5", 0],
    }
    lora = {
        "model": ["4", 0],
        "clip": ["4", 1],
        "lora_name": "ink.safetensors",
        "strength_model": 0.8,
        "strength_clip": 1.0,
    }
    size = {"width": side, "height": side, "batch_size": 1}
    return {
        "3": {"class_type": "KSampler", "inputs": sampler},
        "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": CHECKPOINT}},
        "5": {"class_type": "EmptyLatentImage", "inputs": size},
        "6": {"class_type": "CLIPTextEncode", "inputs": {"text": text, "clip": ["10", 1]}},
        "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "blurry", "clip": ["10", 1]}},
        "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
        "9": {
            "class_type": "SaveImage",
            "inputs": {"images": ["8", 0], "filename_prefix": prefix},
        },
        "10": {"class_type": "LoraLoader", "inputs": lora},
    }


@dataclass
class Listening:
    """A WebSocket to /ws; `events` is what has been read so far."""

    socket: ClientConnection
    events: list[dict[str, Any] | bytes] = field(default_factory=list)
    greeting: dict[str, Any] = field(default_factory=dict)

    async def next(self) -> dict[str, Any] | bytes:
        async with asyncio.timeout(PATIENCE):
            message = await self.socket.recv()
        event = message if isinstance(message, bytes) else json.loads(message)
        self.events.append(event)
        return event

    async def until(self, kind: str, **data: Any) -> dict[str, Any]:
        """The next event of this type with these values."""
        while True:
            event = await self.next()
            if not isinstance(event, dict) or event["type"] != kind:
                continue
            if all(event["data"].get(key) == value for key, value in data.items()):
                return event

    async def until_done(self, prompt_id: str) -> None:
        await self.until("executing", node=None, prompt_id=prompt_id)

    @property
    def story(self) -> list[str]:
        """Types in order, repeats collapsed, without the greeting's own name."""
        kinds = ["binary" if isinstance(event, bytes) else event["type"] for event in self.events]
        return [kind for kind, _ in itertools.groupby(kinds)]


@dataclass
class Comfy:
    simulator: Simulator
    url: str
    http: httpx.AsyncClient

    async def submit(self, graph: Graph, **more: Any) -> str:
        answer = await self.http.post("/prompt", json={"prompt": graph, **more})
        assert answer.status_code == 200, answer.text
        prompt_id = answer.json()["prompt_id"]
        assert isinstance(prompt_id, str)
        return prompt_id

    async def entry(self, prompt_id: str) -> dict[str, Any]:
        """Its history entry, once there is one."""
        async with asyncio.timeout(PATIENCE):
            while True:
                found = (await self.http.get(f"/history/{prompt_id}")).json()
                if prompt_id in found:
                    entry = found[prompt_id]
                    assert isinstance(entry, dict)
                    return entry
                await asyncio.sleep(0.002)

    async def made(self, graph: Graph, **more: Any) -> dict[str, Any]:
        return await self.entry(await self.submit(graph, **more))

    async def queued(self) -> tuple[list[str], list[str]]:
        """Ids: running, pending."""
        queue = (await self.http.get("/queue")).json()
        running = [item[1] for item in queue["queue_running"]]
        return running, [item[1] for item in queue["queue_pending"]]

    async def until_running(self, prompt_id: str) -> None:
        async with asyncio.timeout(PATIENCE):
            while (await self.queued())[0] != [prompt_id]:
                await asyncio.sleep(0.002)

    async def until_idle(self) -> None:
        async with asyncio.timeout(PATIENCE):
            while await self.queued() != ([], []):
                await asyncio.sleep(0.002)

    def runs_of(self, prompt_id: str) -> list[str]:
        return [run.outcome for run in self.simulator.runs if run.prompt_id == prompt_id]

    @asynccontextmanager
    async def listening(self, client_id: str | None) -> AsyncIterator[Listening]:
        """Greeted already; `events` begins empty."""
        query = "" if client_id is None else f"?clientId={client_id}"
        url = self.url.replace("http", "ws") + "/ws" + query
        # Without a limit: a test that does not read everything must not hold up the end.
        async with connect(url, max_queue=None) as socket:
            listening = Listening(socket)
            listening.greeting = await listening.until("status")
            listening.events.clear()
            yield listening


def file_of(entry: dict[str, Any]) -> dict[str, str]:
    """The first file that the history names."""
    for output in entry["outputs"].values():
        for image in output["images"]:
            assert isinstance(image, dict)
            return image
    raise AssertionError("no file")


def last_message(entry: dict[str, Any]) -> str:
    kind = entry["status"]["messages"][-1][0]
    assert isinstance(kind, str)
    return kind


@asynccontextmanager
async def simulated(output_dir: Path | None = None, **behaviour: Any) -> AsyncIterator[Comfy]:
    models = {"checkpoints": (CHECKPOINT, "model-b.safetensors"), "loras": ("ink.safetensors",)}
    simulator = Simulator(Behaviour.model_validate({**models, **behaviour}), output_dir=output_dir)
    async with serve(simulator) as url, client_of(url) as http:
        yield Comfy(simulator, url, http)


def client_of(url: str) -> httpx.AsyncClient:
    """Without TLS: reading the certificates would take longer than the test."""
    return httpx.AsyncClient(base_url=url, timeout=PATIENCE, verify=False)
