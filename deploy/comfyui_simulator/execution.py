"""One job, node by node: the events it tells, the entry it leaves in the history."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from deploy.comfyui_simulator.behaviour import Behaviour
from deploy.comfyui_simulator.cache import Cache, Signatures
from deploy.comfyui_simulator.catalogue import catalogue
from deploy.comfyui_simulator.faults import FaultBook, JobFault
from deploy.comfyui_simulator.plan import DependencyCycle, execution_order
from deploy.comfyui_simulator.progress import Progress
from deploy.comfyui_simulator.prompts import JsonObject, QueueItem, is_link
from deploy.comfyui_simulator.sockets import Hub
from deploy.comfyui_simulator.work import Interrupted, Machine, NodeFailed, Outcome, Work

Ending = Literal["success", "error", "interrupted"]
SECRETS = ("auth_token_comfy_org", "api_key_comfy_org")


@dataclass
class Interruption:
    """One flag for the whole process; the next job to start clears it."""

    wanted: bool = False

    def check(self) -> None:
        if self.wanted:
            self.wanted = False
            raise Interrupted


@dataclass
class Site:
    """What all jobs of one process share."""

    hub: Hub
    machine: Machine
    faults: FaultBook
    cache: Cache = field(default_factory=Cache)
    interruption: Interruption = field(default_factory=Interruption)
    last_succeeded: bool = True


@dataclass
class JobFaults:
    failure: JobFault | None = None
    file: JobFault | None = None


class Execution:
    def __init__(
        self,
        item: QueueItem,
        site: Site,
        behaviour: Behaviour,
        *,
        step_seconds: Callable[[], float],
    ) -> None:
        self.item = item
        self.nodes_run: list[str] = []
        self.files: list[str] = []
        self.ending: Ending = "success"
        self._site = site
        self._behaviour = behaviour
        self._step_seconds = step_seconds
        self._classes = catalogue(behaviour)
        self._messages: list[list[Any]] = []
        self._values: dict[str, Outcome] = {}
        self._signatures: dict[str, str] = {}
        self._faults = JobFaults()
        self._progress = Progress(item.prompt_id, site.hub)

    async def run(self) -> JsonObject:
        """The history entry. KeyError: this graph kills the worker."""
        site = self._site
        site.interruption.wanted = False
        site.hub.client_id = self.item.client_id
        self._note("execution_start", {}, site.hub.tell)
        self._arm_faults()
        cached = self._look_up_cache()
        self._note("execution_cached", {"nodes": cached, **self._id}, site.hub.tell)
        try:
            await self._run_nodes(cached)
        except DependencyCycle as error:
            # The real program ends this job with the status of the one before it.
            self._fail(self.item.outputs[0], error, "graph.DependencyCycleError", [])
        site.hub.current_node = None
        return self._entry()

    @property
    def _id(self) -> JsonObject:
        return {"prompt_id": self.item.prompt_id}

    def _arm_faults(self) -> None:
        faults = self._site.faults
        if faults.jobs:
            description = self.item.description
            self._faults = JobFaults(
                failure=faults.strike_job(("execution_error",), description),
                file=faults.strike_job(
                    ("torn_file", "no_file", "no_output", "bomb_file", "not_an_image"), description
                ),
            )

    def _look_up_cache(self) -> list[str]:
        prompt, cache = self.item.prompt, self._site.cache
        signatures = Signatures(prompt, self._classes, self._site.machine.folders)
        self._signatures = {node_id: signatures.of(node_id) for node_id in prompt}
        if self._behaviour.cache == "none":
            cache.clear()
        cache.keep_only(set(self._signatures.values()))
        for node_id, signature in self._signatures.items():
            outcome = cache.get(signature)
            if outcome is not None:
                self._values[node_id] = outcome
        return list(self._values)

    async def _run_nodes(self, cached: list[str]) -> None:
        order = execution_order(
            self.item.prompt, self.item.outputs, cached=cached, classes=self._classes
        )
        for node_id in self.item.outputs:
            if node_id in self._values and self._values[node_id].ui is not None:
                self._tell_executed(node_id, self._values[node_id])
                self._progress.finish(node_id)
        for node_id in order:
            if not await self._run_node(node_id):
                self._site.last_succeeded = False
                return
        self._site.last_succeeded = True
        self._note("execution_success", {}, self._site.hub.tell)

    async def _run_node(self, node_id: str) -> bool:
        """False: the job ends here."""
        node_type = self.item.prompt[node_id]["class_type"]
        inputs = self._inputs_of(node_id)
        try:
            self._site.interruption.check()
            outcome = await self._work_on(node_id, node_type, inputs)
        except Interrupted:
            self.ending = "interrupted"
            data = {"node_id": node_id, "node_type": node_type, "executed": self.nodes_run.copy()}
            self._note(
                "execution_interrupted", {**self._id, **data}, self._site.hub.tell_or_broadcast
            )
            return False
        except NodeFailed as error:
            shown = {name: [_shown(value)] for name, value in inputs.items()}
            if self._classes[node_type].hidden:
                extra = self.item.extra_data.get("extra_pnginfo")
                shown |= {"prompt": [str(self.item.prompt)], "extra_pnginfo": [_shown(extra)]}
            self._fail(node_id, error, error.exception_type, shown)
            return False
        outcome = replace(outcome, made_by=node_id)
        self._values[node_id] = outcome
        self._site.cache.put(self._signatures[node_id], outcome)
        if outcome.ui is not None:
            self._tell_executed(node_id, outcome)
        self._progress.finish(node_id)
        self.nodes_run.append(node_id)
        return True

    async def _work_on(self, node_id: str, node_type: str, inputs: JsonObject) -> Outcome:
        self._progress.start(node_id)
        self._site.hub.current_node = node_id
        self._site.hub.tell("executing", {"node": node_id, "display_node": node_id, **self._id})
        failure = self._faults.failure
        if failure is not None and failure.node_type in (None, node_type):
            raise NodeFailed(failure.exception_type, failure.message)

        async def progress(value: int, most: int, preview: Callable[[], bytes]) -> None:
            jpeg = await asyncio.to_thread(preview) if self._behaviour.previews else None
            self._progress.step(node_id, value, most, jpeg)
            self._site.interruption.check()

        work = Work(
            item=self.item,
            inputs=inputs,
            machine=self._site.machine,
            behaviour=self._behaviour,
            step_seconds=self._step_seconds,
            png_prompt=self._png_prompt(),
            progress=progress,
            file_fault=self._faults.file,
            files=self.files,
        )
        return await self._classes[node_type].run(work)

    def _inputs_of(self, node_id: str) -> JsonObject:
        given = self.item.prompt[node_id]["inputs"]
        return {
            name: self._values[value[0]].values[int(value[1])] if is_link(value) else value
            for name, value in given.items()
            if not is_link(value) or int(value[1]) < len(self._values[value[0]].values)
        }

    def _png_prompt(self) -> JsonObject:
        """The graph as the PNG tells it: LoadImage nodes gain the digest of their file."""
        signatures = Signatures(self.item.prompt, self._classes, self._site.machine.folders)
        digests = {
            node_id: signatures.file_digest(node) for node_id, node in self.item.prompt.items()
        }
        return {
            node_id: node
            if digests[node_id] is None
            else {**node, "is_changed": [digests[node_id]]}
            for node_id, node in self.item.prompt.items()
        }

    def _tell_executed(self, node_id: str, outcome: Outcome) -> None:
        data = {"node": node_id, "display_node": node_id, "output": outcome.ui, **self._id}
        self._site.hub.tell("executed", data)

    def _fail(self, node_id: str, error: Exception, kind: str, inputs: object) -> None:
        self.ending = "error"
        data = {
            **self._id,
            "node_id": node_id,
            "node_type": self.item.prompt[node_id]["class_type"],
            "executed": self.nodes_run.copy(),
            "exception_message": f"{error}\n",
            "exception_type": kind,
            "traceback": [f"{kind}: {error}\n"],
            "current_inputs": inputs,
            "current_outputs": list(self.item.prompt),
        }
        self._note("execution_error", data, self._site.hub.tell)

    def _note(self, event: str, data: JsonObject, tell: Callable[[str, JsonObject], None]) -> None:
        whole = {**self._id, **data, "timestamp": int(time.time() * 1000)}
        self._messages.append([event, whole])
        tell(event, whole)

    def _entry(self) -> JsonObject:
        number, prompt_id, prompt, extra_data, outputs = self.item
        public = {key: value for key, value in extra_data.items() if key not in SECRETS}
        shown = self._site.cache.shown_by(self._signatures)
        succeeded = self._site.last_succeeded
        return {
            "prompt": [number, prompt_id, prompt, public, outputs],
            "outputs": {node_id: outcome.ui for node_id, outcome in shown.items()},
            "status": {
                "status_str": "success" if succeeded else "error",
                "completed": succeeded,
                "messages": self._messages,
            },
            "meta": {node_id: _meta(outcome.made_by) for node_id, outcome in shown.items()},
        }


def _meta(node_id: str) -> JsonObject:
    names = {"node_id": node_id, "display_node": node_id, "real_node_id": node_id}
    return {**names, "parent_node": None}


def _shown(value: object) -> object:
    return value if isinstance(value, str | int | float | bool | None) else repr(value)
