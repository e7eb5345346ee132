"""The shapes in which /prompt says no. The types are the protocol; the words are ours."""

from typing import Any

from deploy.comfyui_simulator.node_types import Input
from deploy.comfyui_simulator.prompts import JsonObject

LONGEST_LIST_SHOWN = 20


class Refused(Exception):
    """400, with `body`."""

    def __init__(self, error: JsonObject, node_errors: JsonObject | None = None) -> None:
        super().__init__(error["message"])
        self.body: JsonObject = {"error": error, "node_errors": node_errors or {}}


def summary(kind: str, message: str, details: str) -> JsonObject:
    return {"type": kind, "message": message, "details": details, "extra_info": {}}


def _finding(kind: str, message: str, details: str, extra: JsonObject) -> JsonObject:
    return {"type": kind, "message": message, "details": details, "extra_info": extra}


def missing_input(name: str) -> JsonObject:
    return _finding(
        "required_input_missing", "A required input is missing", name, {"input_name": name}
    )


def bad_link(name: str, declared: Input, value: list[Any]) -> JsonObject:
    extra = {"input_name": name, "input_config": declared.config, "received_value": value}
    return _finding("bad_linked_input", "A link is a node id and a slot number", name, extra)


def wrong_type(name: str, declared: Input, link: list[Any], received: str) -> JsonObject:
    extra = {
        "input_name": name,
        "input_config": declared.config,
        "received_type": received,
        "linked_node": link,
    }
    details = f"{name}: {received} where {declared.kind} is read"
    return _finding("return_type_mismatch", "Linked types differ", details, extra)


def wrong_value(name: str, declared: Input, value: Any, error: Exception) -> JsonObject:
    extra = {
        "input_name": name,
        "input_config": declared.config,
        "received_value": value,
        "exception_message": str(error),
    }
    message = f"The value is no {declared.kind}"
    return _finding("invalid_input_type", message, f"{name}, {value}, {error}", extra)


def out_of_bounds(kind: str, name: str, declared: Input, value: Any, bound: Any) -> JsonObject:
    extra = {"input_name": name, "input_config": declared.config, "received_value": value}
    relation = "smaller" if kind == "value_smaller_than_min" else "bigger"
    return _finding(kind, f"{value} is {relation} than {bound}", name, extra)


def not_in_list(name: str, declared: Input, value: Any) -> JsonObject:
    choices = declared.kind
    long = len(choices) > LONGEST_LIST_SHOWN
    shown = f"{len(choices)} choices" if long else str(list(choices))
    extra = {
        "input_name": name,
        "input_config": None if long else declared.config,
        "received_value": value,
    }
    details = f"{name}: '{value}' is not one of {shown}"
    return _finding("value_not_in_list", "The value is not in the list", details, extra)


def rejected_file(name: str, value: Any) -> JsonObject:
    details = f"{name} - no such image file: {value}"
    return _finding(
        "custom_validation_failed", "The node rejects its input", details, {"input_name": name}
    )


def broken_node(error: Exception) -> JsonObject:
    extra = {"exception_type": type(error).__name__, "traceback": [f"{error!r}\n"]}
    message = "The node could not be examined"
    return _finding("exception_during_validation", message, str(error), extra)


def broken_inner_node(name: str, declared: Input, link: list[Any], error: Exception) -> JsonObject:
    extra = {
        "input_name": name,
        "input_config": declared.config,
        "exception_message": str(error),
        "exception_type": type(error).__name__,
        "traceback": [f"{error!r}\n"],
        "linked_node": link,
    }
    message = "A linked node could not be examined"
    return _finding("exception_during_inner_validation", message, str(error), extra)
