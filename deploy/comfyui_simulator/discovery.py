"""What this installation is and has: nodes, models, features."""

import os
import sys

from starlette.requests import Request
from starlette.responses import Response

from deploy.comfyui_simulator.answers import json_answer
from deploy.comfyui_simulator.catalogue import FOLDERS, catalogue, models_in
from deploy.comfyui_simulator.node_types import NodeType
from deploy.comfyui_simulator.prompts import JsonObject
from deploy.comfyui_simulator.simulator import Simulator
from deploy.comfyui_simulator.sockets import FEATURES

VERSION = "0.3.64-simulated"


async def get_object_info(simulator: Simulator, request: Request) -> Response:
    classes = catalogue(simulator.behaviour)
    name = request.path_params.get("name")
    chosen = classes.values() if name is None else [classes[name]] if name in classes else []
    return json_answer({kind.name: _description(simulator, kind) for kind in chosen})


def _description(simulator: Simulator, kind: NodeType) -> JsonObject:
    """A list of files is what lies in the input folder now."""
    description = kind.description()
    if kind.reads_file is not None:
        files = sorted(path.name for path in simulator.folders.input.iterdir() if path.is_file())
        description["input"]["required"][kind.reads_file][0] = files
    return description


async def get_models(_: Simulator, __: Request) -> Response:
    return json_answer(FOLDERS)


async def get_models_in_folder(simulator: Simulator, request: Request) -> Response:
    names = models_in(simulator.behaviour, request.path_params["folder"])
    return Response(status_code=404) if names is None else json_answer(names)


async def get_features(_: Simulator, __: Request) -> Response:
    return json_answer(FEATURES)


async def get_embeddings(_: Simulator, __: Request) -> Response:
    return json_answer([])


async def get_files(simulator: Simulator, request: Request) -> Response:
    """Newest first, subfolders left out."""
    folder = simulator.folders.named(request.path_params["kind"])
    if folder is None:
        return Response(status_code=400)
    files = [path for path in folder.iterdir() if path.is_file()]
    files.sort(key=lambda path: path.stat().st_mtime_ns, reverse=True)
    return json_answer([path.name for path in files])


async def get_system_stats(_: Simulator, __: Request) -> Response:
    page = os.sysconf("SC_PAGE_SIZE")
    total, free = page * os.sysconf("SC_PHYS_PAGES"), page * os.sysconf("SC_AVPHYS_PAGES")
    system = {
        "os": os.name,
        "ram_total": total,
        "ram_free": free,
        "comfyui_version": VERSION,
        "required_frontend_version": "0",
        "installed_templates_version": None,
        "required_templates_version": "0",
        "python_version": sys.version,
        "pytorch_version": "none",
        "embedded_python": False,
        "argv": ["darkroom-simulator"],
    }
    device = {
        "name": "cpu",
        "type": "cpu",
        "index": None,
        "vram_total": total,
        "vram_free": free,
        "torch_vram_total": total,
        "torch_vram_free": free,
    }
    return json_answer({"system": system, "devices": [device]})
