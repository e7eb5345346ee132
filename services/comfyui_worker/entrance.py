"""From `go` into ComfyUI's queue: once, whatever happens to the answer."""

import asyncio

import structlog

from services.comfyui_worker.answers import Unintelligible
from services.comfyui_worker.asking import Asking
from services.comfyui_worker.attempts import Attempt, Stage
from services.comfyui_worker.comfyui import ComfyUi, ComfyUiUnavailable, PromptRefused
from services.comfyui_worker.doorbell import Doorbell
from services.comfyui_worker.failures import AttemptFailed, failed
from services.comfyui_worker.identity import mark_of, prefix_of
from services.comfyui_worker.pauses import growing
from services.comfyui_worker.progress import PromptProgress
from services.comfyui_worker.settings import Timing
from shared.errors import Refused
from shared.jobs import FailureCode
from shared.workflows.graph import Graph
from shared.workflows.render import render
from shared.workflows.workflow import Workflows

log = structlog.get_logger()


class Entrance:
    def __init__(
        self,
        comfyui: ComfyUi,
        asking: Asking,
        doorbell: Doorbell,
        workflows: Workflows,
        *,
        worker_id: str,
        timing: Timing,
    ) -> None:
        self._comfyui = comfyui
        self._asking = asking
        self._doorbell = doorbell
        self._workflows = workflows
        self._worker_id = worker_id
        self._timing = timing

    async def enter(self, attempt: Attempt) -> None:
        """Returns when ComfyUI has the prompt, from before or from now on.

        Raises AttemptFailed (refused, unreachable)."""
        graph = self._render(attempt)
        attempt.tracker = PromptProgress.of(graph)
        if not await self._is_there(attempt):
            await attempt.may_enter.wait()
            attempt.move(Stage.ENTERING)
            await self._submit(attempt, graph)
        attempt.entered = attempt.touched = True
        attempt.progress_told_at = self._now()  # what ends at once has none to tell
        attempt.move(Stage.IN_COMFYUI)

    def _render(self, attempt: Attempt) -> Graph:
        order = attempt.order
        if order.workflow not in self._workflows:
            said = f"This worker has no workflow named {order.workflow!r}."
            raise failed(FailureCode.REFUSED, said)
        try:
            return render(
                self._workflows[order.workflow],
                order.params,
                prompt=order.prompt,
                negative_prompt=order.negative_prompt,
                filename_prefix=prefix_of(attempt.ref),
            )
        except Refused as error:
            raise failed(FailureCode.REFUSED, str(error)) from error

    async def _submit(self, attempt: Attempt, graph: Graph) -> None:
        pauses = growing(self._timing.quick_poll, self._timing.slow_poll)
        give_up_at = self._now() + self._timing.unreachable
        while not await self._is_there(attempt):
            try:
                await self._submit_once(attempt, graph)
            except (ComfyUiUnavailable, Unintelligible) as silence:
                attempt.answer_lost_at = self._now()
                log.warning("prompt.answer_lost", reason=str(silence))
                if self._now() >= give_up_at:
                    attempt.lingers = True
                    said = f"ComfyUI answered no submission of this prompt: {silence}"
                    raise failed(FailureCode.UNREACHABLE, said) from silence
            else:
                log.info("prompt.submitted", prompt_id=attempt.prompt_id)
                return
            await asyncio.sleep(next(pauses))

    async def _submit_once(self, attempt: Attempt, graph: Graph) -> None:
        attempt.entered = attempt.touched = True
        attempt.not_there_under = None  # whatever the answer will be: from now on it may be there
        client_id = self._doorbell.client_id
        attempt.will_ring = client_id is not None
        try:
            await self._comfyui.submit(
                attempt.prompt_id,
                graph,
                mark=mark_of(attempt.ref, self._worker_id),
                client_id=client_id,
            )
        except PromptRefused as refusal:
            attempt.touched = attempt.lingers = refusal.enqueued
            raise AttemptFailed(FailureCode.REFUSED, refusal.complaint) from refusal

    async def _is_there(self, attempt: Attempt) -> bool:
        """False: it is not, and nobody but this worker may submit it at this moment."""
        while True:
            await self._asking.until_granted(attempt)
            claim_id = attempt.claim_id
            if attempt.not_there_under == claim_id:
                return False
            if await self._look_for(attempt.prompt_id):
                log.info("prompt.found", prompt_id=attempt.prompt_id)
                return True
            attempt.not_there_under = claim_id

    async def _look_for(self, prompt_id: str) -> bool:
        """In this order: the other one misses a prompt that moves on between the two looks."""
        pauses = growing(self._timing.quick_poll, self._timing.slow_poll)
        while True:
            try:
                if (await self._comfyui.queue()).has(prompt_id):
                    return True
                return await self._comfyui.ended(prompt_id) is not None
            except (ComfyUiUnavailable, Unintelligible):
                await asyncio.sleep(next(pauses))

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
