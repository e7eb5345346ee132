"""/prompt, /queue, /history, /interrupt, /free."""

import json
import uuid
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from deploy.comfyui_simulator.answers import Trouble, body_of, json_answer, object_of
from deploy.comfyui_simulator.catalogue import catalogue
from deploy.comfyui_simulator.files import file_of_input
from deploy.comfyui_simulator.prompts import JsonObject, QueueItem
from deploy.comfyui_simulator.refusals import Refused, missing_input, summary
from deploy.comfyui_simulator.simulator import Simulator
from deploy.comfyui_simulator.validation import Valid, validate


async def post_prompt(simulator: Simulator, request: Request) -> Response:
    body = await body_of(request)
    try:
        number = _number(simulator, body)
        if "prompt" not in body:
            raise Refused(summary("no_prompt", "There is no prompt", "There is no prompt"))
        prompt_id = str(body.get("prompt_id", uuid.uuid4()))
        valid = _validate(simulator, body, prompt_id)
        extra_data = body.get("extra_data", {})
        if "client_id" in body:
            extra_data["client_id"] = body["client_id"]
        item = QueueItem(number, prompt_id, body["prompt"], _checked(extra_data), valid.outputs)
        simulator.memory.queue.put(item)
    except Refused as refused:
        return json_answer(refused.body, 400)
    except (TypeError, ValueError, AttributeError, KeyError, IndexError) as error:
        raise Trouble(repr(error)) from error
    node_errors = _invented_errors(simulator, item) or valid.node_errors
    return json_answer({"prompt_id": prompt_id, "number": number, "node_errors": node_errors})


def _number(simulator: Simulator, body: Any) -> float:
    """Lowest first. Without one: a counter that rejected posts advance too."""
    memory = simulator.memory
    if "number" in body:
        return float(body["number"])
    number = memory.next_number
    memory.next_number += 1
    # The body may still be a list or a string here, for which "in" works and get() does not.
    return -number if "front" in body and body["front"] else number  # noqa: RUF019


def _checked(extra_data: Any) -> JsonObject:
    if not isinstance(extra_data, dict):
        raise Trouble(f"extra_data is a {type(extra_data).__name__}")
    return extra_data


def _validate(simulator: Simulator, body: JsonObject, prompt_id: str) -> Valid:
    prompt, classes = body["prompt"], catalogue(simulator.behaviour)
    if simulator.faults.jobs:
        description = json.dumps([prompt_id, prompt, body.get("extra_data")])
        if simulator.faults.strike_job(("refused",), description):
            raise _refusal(prompt)
    return validate(
        prompt,
        targets=body.get("partial_execution_targets"),
        classes=classes,
        file_exists=lambda name: _file_exists(simulator, name),
    )


def _refusal(prompt: JsonObject) -> Refused:
    details = "The simulator was told to refuse this"
    return Refused(
        summary("prompt_outputs_failed_validation", "No output can be made", details),
        _errors_at_first_node(prompt),
    )


def _errors_at_first_node(prompt: JsonObject) -> JsonObject:
    node_id = next(iter(prompt))
    errors = {
        "errors": [missing_input("refused_by_fault")],
        "dependent_outputs": [node_id],
        "class_type": prompt[node_id]["class_type"],
    }
    return {node_id: errors}


def _invented_errors(simulator: Simulator, item: QueueItem) -> JsonObject | None:
    faults = simulator.faults
    if faults.jobs and faults.strike_job(("node_errors",), item.description):
        return _errors_at_first_node(item.prompt)
    return None


def _file_exists(simulator: Simulator, name: str) -> bool:
    path = file_of_input(simulator.folders, name)
    return path is not None and path.is_file()


async def get_prompt(simulator: Simulator, _: Request) -> Response:
    return json_answer({"exec_info": {"queue_remaining": simulator.memory.queue.remaining}})


async def get_queue(simulator: Simulator, _: Request) -> Response:
    queue = simulator.memory.queue
    running = [] if queue.running is None else [queue.running]
    return json_answer({"queue_running": running, "queue_pending": queue.pending})


async def post_queue(simulator: Simulator, request: Request) -> Response:
    body = await object_of(request)
    queue = simulator.memory.queue
    if body.get("clear"):
        queue.clear_pending()
    for prompt_id in _each(body.get("delete", ())):
        queue.delete_pending(prompt_id)
    return Response()


async def get_history(simulator: Simulator, request: Request) -> Response:
    max_items = _optional_integer(request, "max_items")
    offset = _optional_integer(request, "offset")
    queue = simulator.memory.queue
    return json_answer(queue.page_of_history(max_items, -1 if offset is None else offset))


async def get_history_entry(simulator: Simulator, request: Request) -> Response:
    prompt_id = request.path_params["prompt_id"]
    if prompt_id == "":
        return Response(status_code=404)
    entry = simulator.memory.queue.history.get(prompt_id)
    return json_answer({} if entry is None else {prompt_id: entry})


async def post_history(simulator: Simulator, request: Request) -> Response:
    body = await object_of(request)
    history = simulator.memory.queue.history
    if body.get("clear"):
        history.clear()
    for prompt_id in _each(body.get("delete", ())):
        history.pop(prompt_id, None)
    return Response()


async def post_interrupt(simulator: Simulator, request: Request) -> Response:
    """With an id: that job, and only if it runs now. Without one: whatever runs."""
    try:
        body = await body_of(request)
    except Trouble:
        body = {}
    if not isinstance(body, dict):
        raise Trouble(f"a {type(body).__name__} is not an object")
    memory = simulator.memory
    running = memory.queue.running
    wanted = body.get("prompt_id")
    if not wanted or (running is not None and running.prompt_id == wanted):
        memory.site.interruption.wanted = True
    return Response()


async def post_free(simulator: Simulator, request: Request) -> Response:
    body = await object_of(request)
    site = simulator.memory.site
    if body.get("unload_models"):
        site.machine.loaded_checkpoint = None
    if body.get("free_memory"):
        site.cache.clear()
        site.machine.loaded_checkpoint = None
    return Response()


def _each(value: Any) -> Any:
    """Trouble: nothing to iterate over. A string counts as its letters, as in the real one."""
    try:
        return list(value)
    except TypeError as error:
        raise Trouble(str(error)) from error


def _optional_integer(request: Request, name: str) -> int | None:
    text = request.query_params.get(name)
    try:
        return None if text is None else int(text)
    except ValueError as error:
        raise Trouble(str(error)) from error
