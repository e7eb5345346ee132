"""Whether a posted graph may run, and what is wrong with it, node by node.

Accepts silently what the real program accepts silently: numbers as text (changed in place), unknown
inputs, anything but a link where an image is expected."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from deploy.comfyui_simulator.node_types import Input, NodeType
from deploy.comfyui_simulator.prompts import JsonObject, Prompt
from deploy.comfyui_simulator.refusals import (
    Refused,
    bad_link,
    broken_inner_node,
    broken_node,
    missing_input,
    not_in_list,
    out_of_bounds,
    rejected_file,
    summary,
    wrong_type,
    wrong_value,
)

FileExists = Callable[[str], bool]
CONVERSIONS: dict[str, Callable[[Any], Any]] = {
    "INT": int,
    "FLOAT": float,
    "STRING": str,
    "BOOLEAN": bool,
}


@dataclass(frozen=True)
class Valid:
    """`node_errors` is not empty where another output of the same graph is invalid."""

    outputs: list[str]
    node_errors: JsonObject


@dataclass
class Verdict:
    """`reached`: the node and everything that it reads."""

    valid: bool
    errors: list[JsonObject]
    reached: set[str] = field(default_factory=set)


class Cyclic(Exception):
    """The graph reads itself."""


def validate(
    prompt: Prompt,
    *,
    targets: Collection[str] | None,
    classes: Mapping[str, NodeType],
    file_exists: FileExists,
) -> Valid:
    """Refused: nothing of it can run."""
    outputs = _outputs(prompt, targets, classes)
    inspection = Inspection(prompt, classes, file_exists)
    good: list[str] = []
    details: list[str] = []
    for output in outputs:
        verdict = inspection.judge_output(output)
        if verdict.valid:
            good.append(output)
        else:
            details.extend(f"{error['message']}: {error['details']}" for error in verdict.errors)
    if good:
        return Valid(good, inspection.node_errors(outputs))
    raise Refused(
        summary("prompt_outputs_failed_validation", "No output can be made", "\n".join(details)),
        inspection.node_errors(outputs),
    )


def _outputs(
    prompt: Prompt, targets: Collection[str] | None, classes: Mapping[str, NodeType]
) -> list[str]:
    found: list[str] = []
    for node_id in prompt:
        if "class_type" not in prompt[node_id]:
            raise Refused(summary("invalid_prompt", "A node has no class", f"Node ID '#{node_id}'"))
        name = prompt[node_id]["class_type"]
        if name not in classes:
            message = f"There is no node class {name} here"
            raise Refused(summary("invalid_prompt", message, f"Node ID '#{node_id}'"))
        if classes[name].is_output and (targets is None or node_id in targets):
            found.append(node_id)
    if not found:
        raise Refused(summary("prompt_no_outputs", "The graph has no output", ""))
    return found


class Inspection:
    """Judges each node of one graph once."""

    def __init__(
        self, prompt: Prompt, classes: Mapping[str, NodeType], file_exists: FileExists
    ) -> None:
        self._prompt = prompt
        self._classes = classes
        self._file_exists = file_exists
        self._verdicts: dict[str, Verdict] = {}
        self._open: set[str] = set()

    def judge_output(self, node_id: str) -> Verdict:
        try:
            return self.judge(node_id)
        except Cyclic:
            # The real program runs out of stack here and forgets what it found.
            self._verdicts.clear()
            self._open.clear()
            return Verdict(valid=False, errors=[])
        except (KeyError, IndexError, TypeError) as error:
            self._open.discard(node_id)
            verdict = Verdict(valid=False, errors=[broken_node(error)], reached={node_id})
            self._verdicts[node_id] = verdict
            return verdict

    def node_errors(self, outputs: list[str]) -> JsonObject:
        found: JsonObject = {}
        for node_id, verdict in self._verdicts.items():
            if verdict.errors:
                depending = [one for one in outputs if self._reaches(one, node_id)]
                found[node_id] = {
                    "errors": verdict.errors,
                    "dependent_outputs": depending,
                    "class_type": self._prompt[node_id]["class_type"],
                }
        return found

    def _reaches(self, output: str, node_id: str) -> bool:
        return output in self._verdicts and node_id in self._verdicts[output].reached

    def judge(self, node_id: str) -> Verdict:
        if node_id in self._verdicts:
            return self._verdicts[node_id]
        if node_id in self._open:
            raise Cyclic
        self._open.add(node_id)
        node = self._prompt[node_id]
        kind = self._classes[node["class_type"]]
        verdict = Verdict(valid=True, errors=[], reached={node_id})
        inputs = node["inputs"]
        for name, declared in kind.declared.items():
            if name in inputs:
                self._judge_input(verdict, name, declared, inputs)
            elif name in kind.required:
                verdict.errors.append(missing_input(name))
        if kind.reads_file is not None and not verdict.errors:
            self._judge_file(verdict, kind.reads_file, inputs)
        verdict.valid = verdict.valid and not verdict.errors
        self._open.discard(node_id)
        self._verdicts[node_id] = verdict
        return verdict

    def _judge_input(
        self, verdict: Verdict, name: str, declared: Input, inputs: JsonObject
    ) -> None:
        value = inputs[name]
        if not isinstance(value, list):
            verdict.errors.extend(_value_errors(name, declared, inputs))
        elif len(value) != 2:
            verdict.errors.append(bad_link(name, declared, value))
        else:
            self._judge_link(verdict, name, declared, value)

    def _judge_link(self, verdict: Verdict, name: str, declared: Input, link: list[Any]) -> None:
        source_id, slot = link
        source = self._classes[self._prompt[source_id]["class_type"]]
        received = source.outputs[slot]
        wanted = "COMBO" if isinstance(declared.kind, tuple) else declared.kind
        if received != wanted:
            verdict.errors.append(wrong_type(name, declared, link, received))
            return
        try:
            upstream = self.judge(source_id)
        except (KeyError, IndexError, TypeError) as error:
            self._open.discard(source_id)
            broken = broken_inner_node(name, declared, link, error)
            upstream = Verdict(valid=False, errors=[broken], reached={source_id})
            self._verdicts[source_id] = upstream
        verdict.reached |= upstream.reached
        verdict.valid = verdict.valid and upstream.valid

    def _judge_file(self, verdict: Verdict, name: str, inputs: JsonObject) -> None:
        if not isinstance(inputs[name], list) and not self._file_exists(str(inputs[name])):
            verdict.errors.append(rejected_file(name, inputs[name]))


def _value_errors(name: str, declared: Input, inputs: JsonObject) -> list[JsonObject]:
    if isinstance(declared.kind, tuple):
        value, choices = inputs[name], declared.kind
        fits = value in choices or "image_upload" in declared.options
        return [] if fits else [not_in_list(name, declared, value)]
    convert = CONVERSIONS.get(declared.kind)
    if convert is None:
        return []
    try:
        value = inputs[name] = convert(inputs[name])
    except (TypeError, ValueError, OverflowError) as error:
        return [wrong_value(name, declared, inputs[name], error)]
    least, most = declared.options.get("min"), declared.options.get("max")
    if least is not None and value < least:
        return [out_of_bounds("value_smaller_than_min", name, declared, value, least)]
    if most is not None and value > most:
        return [out_of_bounds("value_bigger_than_max", name, declared, value, most)]
    return []
