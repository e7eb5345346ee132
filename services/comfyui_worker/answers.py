"""What ComfyUI answers, read without trusting it.

An extension, a proxy or another program may be behind the address: whatever does not look as it
should is passed over, or raises Unintelligible where nothing can be made of it.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from services.comfyui_worker.identity import Mark, read_mark
from shared.errors import Unavailable

LONGEST_TEXT = 2000


class Unintelligible(Unavailable):
    """Something answered, but not as ComfyUI does."""

    code = "comfyui_unintelligible"


class Ending(StrEnum):
    SUCCESS = "execution_success"
    ERROR = "execution_error"
    INTERRUPTED = "execution_interrupted"


@dataclass(frozen=True)
class Complaint:
    """ComfyUI's own words about a prompt, and the node they are about."""

    message: str
    kind: str = ""  # the exception, or the kind of refusal
    node_id: str | None = None
    node_type: str | None = None


@dataclass(frozen=True)
class OutputFile:
    filename: str
    subfolder: str
    kind: str  # output, temp or input


@dataclass(frozen=True)
class Ended:
    """A prompt in the history. Its last message decides; `status_str` may be another job's."""

    ending: Ending
    complaint: Complaint | None = None
    files: dict[str, tuple[OutputFile, ...]] = field(default_factory=dict)  # by node


@dataclass(frozen=True)
class QueuedPrompt:
    prompt_id: str
    mark: Mark | None


@dataclass(frozen=True)
class Queue:
    running: tuple[QueuedPrompt, ...] = ()
    pending: tuple[QueuedPrompt, ...] = ()

    def runs(self, prompt_id: str) -> bool:
        return any(prompt.prompt_id == prompt_id for prompt in self.running)

    def has(self, prompt_id: str) -> bool:
        return self.runs(prompt_id) or any(one.prompt_id == prompt_id for one in self.pending)


@dataclass(frozen=True)
class About:
    """What runs there."""

    version: str
    device: str

    @property
    def simulated(self) -> bool:
        return "simulat" in self.version


def read_json(body: bytes) -> object:
    """A bare NaN is let through: one prompt with such a number puts it into everybody's answer."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unintelligible("its answer is not JSON") from error


def read_queue(answer: object) -> Queue:
    match answer:
        case {"queue_running": list(running), "queue_pending": list(pending)}:
            return Queue(tuple(_prompts(running)), tuple(_prompts(pending)))
        case _:
            raise Unintelligible("its /queue is not ComfyUI's")


def _prompts(items: list[Any]) -> Iterator[QueuedPrompt]:
    for item in items:
        match item:
            case [_, str(prompt_id), _, extra_data, *_]:
                yield QueuedPrompt(prompt_id, read_mark(extra_data))
            case _:
                yield QueuedPrompt("", None)  # somebody's, whoever that is


def read_history(answer: object, prompt_id: str) -> Ended | None:
    """None: not there, which is said alike of what waits, runs, was lost and never was."""
    if not isinstance(answer, dict):
        raise Unintelligible("its /history is not ComfyUI's")
    if prompt_id not in answer:
        return None
    match answer[prompt_id]:
        case {"status": {"messages": list(messages)} as status, **entry}:
            ending, data = _last_word(messages, bool(status.get("completed")))
            complaint = None if ending is Ending.SUCCESS else _complaint(data)
            return Ended(ending, complaint, _files(entry.get("outputs")))
        case _:
            raise Unintelligible("an entry of its /history is not ComfyUI's")


def _last_word(messages: list[Any], completed: bool) -> tuple[Ending, dict[str, Any]]:
    for message in reversed(messages):
        match message:
            case [str(event), dict(data)] if event in list(Ending):
                return Ending(event), data
            case _:
                pass
    return (Ending.SUCCESS if completed else Ending.ERROR), {}


def _complaint(data: dict[str, Any]) -> Complaint:
    return Complaint(
        message=text_of(data.get("exception_message")) or "ComfyUI gave no reason",
        kind=text_of(data.get("exception_type")),
        node_id=text_of(data.get("node_id")) or None,
        node_type=text_of(data.get("node_type")) or None,
    )


def _files(outputs: object) -> dict[str, tuple[OutputFile, ...]]:
    """Whatever kind of output a node has: every item of its lists that names a file."""
    if not isinstance(outputs, dict):
        return {}
    found = {}
    for node_id, shown in outputs.items():
        lists = shown.values() if isinstance(shown, dict) else ()
        items = (item for one in lists if isinstance(one, list) for item in one)
        found[str(node_id)] = tuple(file for item in items if (file := _file(item)) is not None)
    return found


def _file(item: object) -> OutputFile | None:
    match item:
        case {"filename": str(filename), **more}:
            # Windows writes its own separator into the subfolder.
            subfolder = text_of(more.get("subfolder")).replace("\\", "/")
            return OutputFile(filename, subfolder, text_of(more.get("type")) or "output")
        case _:
            return None


def read_object_info(answer: object) -> object:
    """As it is, where it describes any node at all."""
    nodes = answer.values() if isinstance(answer, dict) else ()
    if not any(isinstance(node, dict) and "input" in node for node in nodes):
        raise Unintelligible("its /object_info describes no nodes")
    return answer


def read_about(answer: object) -> About:
    match answer:
        case {"system": dict(system), **more}:
            device = _first_device(more.get("devices"))
            return About(text_of(system.get("comfyui_version")) or "unknown", device)
        case _:
            raise Unintelligible("its /system_stats is not ComfyUI's")


def _first_device(devices: object) -> str:
    match devices:
        case [{"name": str(name)}, *_]:
            return text_of(name)
        case _:
            return "unknown"


def read_refusal(answer: object) -> Complaint:
    """The first node that is to blame, else what is said of the prompt as a whole."""
    error = answer.get("error") if isinstance(answer, dict) else None
    nodes = answer.get("node_errors") if isinstance(answer, dict) else None
    if (complaint := _first_node_error(nodes)) is not None:
        return complaint
    match error:
        case {"message": str(message), **more}:
            return Complaint(_sentence(message, more.get("details")), text_of(more.get("type")))
        case str(message):
            return Complaint(text_of(message))
        case _:
            return Complaint("ComfyUI refused the prompt and gave no reason")


def _first_node_error(nodes: object) -> Complaint | None:
    if not isinstance(nodes, dict):
        return None
    for node_id, said in nodes.items():
        match said:
            case {"errors": [{"message": str(message), **error}, *_], **node}:
                return Complaint(
                    _sentence(message, error.get("details")),
                    text_of(error.get("type")),
                    node_id=text_of(node_id),
                    node_type=text_of(node.get("class_type")) or None,
                )
            case _:
                pass
    return None


def _sentence(message: str, details: object) -> str:
    more = text_of(details)
    return text_of(f"{message}: {more}" if more else message)


def text_of(value: object) -> str:
    """Bounded, and without what a database or a terminal chokes on."""
    if not isinstance(value, str | int | float):
        return ""
    text = str(value).encode("utf-8", "replace").decode()
    return "".join(
        sign for sign in text[:LONGEST_TEXT] if sign.isprintable() or sign == "\n"
    ).strip()
