"""One attempt, from `generate` to `drop`: asks, submits, watches, fetches, delivers.

Every step may be cut short: dropped, handed back, ComfyUI silent. What then has to be ended in
ComfyUI is ended before the attempt is forgotten.
"""

import asyncio
import contextlib
from dataclasses import dataclass

import structlog

from services.comfyui_worker.answers import Ended, Ending
from services.comfyui_worker.asking import Asking
from services.comfyui_worker.attempts import Attempt, CalledOff, CallOff, Stage
from services.comfyui_worker.cancelling import Ender
from services.comfyui_worker.comfyui import ComfyUi, ComfyUiUnavailable
from services.comfyui_worker.delivery import Delivery
from services.comfyui_worker.desk import Desk
from services.comfyui_worker.discovery import Discovery
from services.comfyui_worker.entrance import Entrance
from services.comfyui_worker.failures import AttemptFailed, broke, failed, why
from services.comfyui_worker.health import Health
from services.comfyui_worker.outputs import Fetched, Outputs
from services.comfyui_worker.reports import Reports
from services.comfyui_worker.settings import Timing
from services.comfyui_worker.tidying import Tidying
from services.comfyui_worker.watch import Fate, Watch
from shared.jobs import FailureCode
from shared.log import of_job
from shared.workflows.workflow import Workflows

log = structlog.get_logger()


@dataclass(frozen=True)
class Runner:
    asking: Asking
    comfyui: ComfyUi
    delivery: Delivery
    desk: Desk
    discovery: Discovery
    ender: Ender
    entrance: Entrance
    health: Health
    outputs: Outputs
    reports: Reports
    tidying: Tidying
    timing: Timing
    watch: Watch
    workflows: Workflows

    async def run(self, attempt: Attempt) -> None:
        """Returns when the attempt is forgotten. A bug in one ends this one, and not the worker."""
        order = attempt.order
        with structlog.contextvars.bound_contextvars(
            **of_job(order.job_id, trace_id=order.trace_id, attempt=order.attempt)
        ):
            try:
                while not await self._is_over(attempt):
                    attempt.carry_on()
            except Exception:  # a bug in how it ends: it takes no other attempt with it
                log.exception("attempt.abandoned")
            finally:
                self.desk.forget(attempt)

    async def _is_over(self, attempt: Attempt) -> bool:
        """False: it was to be handed back, but had begun."""
        try:
            await attempt.unless_called_off(self._work(attempt))
        except AttemptFailed as failure:
            await self._give_up(attempt, failure)
        except CalledOff as call:
            return await self._heed(attempt, call)
        except Exception as bug:  # of this attempt: it fails, and the worker lives on
            log.exception("attempt.broke")
            attempt.lingers = attempt.touched
            await self._give_up(attempt, broke(bug))
        return True

    async def _work(self, attempt: Attempt) -> None:
        if attempt.stage < Stage.GRANTED:
            await attempt.may_ask.wait()
            await self.asking.until_granted(attempt)
            attempt.move(Stage.GRANTED)
        if attempt.stage < Stage.IN_COMFYUI:
            await self.entrance.enter(attempt)
        fate = await self._fate(attempt)
        attempt.touched = False
        if isinstance(fate, Ended):
            attempt.ran = True
            if fate.ending is not Ending.SUCCESS:
                raise why(fate)
        attempt.move(Stage.ENDED)
        fetched = await self._fetch(attempt, fate)
        attempt.move(Stage.FETCHED)
        output = await self.delivery.store(attempt, fetched, simulated=self.discovery.simulated)
        del fetched  # it is in the store, and this may take hours
        await self.delivery.report(attempt, output)

    async def _fate(self, attempt: Attempt) -> Ended | Fate:
        fate = await self.watch.until_settled(attempt)
        if fate is Fate.OVERDUE:
            # What succeeds at the last moment still counts.
            fate = await self._interrupt(attempt) or fate
        if fate is Fate.OVERDUE or (isinstance(fate, Ended) and self._was_cut_short(attempt, fate)):
            said = f"It ran for longer than {attempt.order.timeout_s} s."
            raise failed(FailureCode.TIMED_OUT, said)
        return fate

    async def _interrupt(self, attempt: Attempt) -> Ended | None:
        try:
            async with asyncio.timeout(self.timing.interrupt_patience):
                return await self._end(attempt)
        except TimeoutError:
            attempt.lingers = True
            return None

    @staticmethod
    def _was_cut_short(attempt: Attempt, ended: Ended) -> bool:
        return attempt.interrupted_at is not None and ended.ending is Ending.INTERRUPTED

    async def _fetch(self, attempt: Attempt, fate: Ended | Fate) -> Fetched:
        """Raises AttemptFailed for whatever is not a picture of this attempt."""
        if not isinstance(fate, Ended):
            fetched = await self.outputs.search(attempt.ref)
            if fetched is None:
                raise failed(
                    FailureCode.LOST, "ComfyUI has forgotten this prompt, and left no file."
                )
        else:
            node_id = self.workflows[attempt.order.workflow].output_node
            fetched = await self.outputs.collect(attempt.ref, fate, node_id=node_id)
        self.health.see_success()
        checkpoint = attempt.order.params.get("checkpoint")
        self.desk.loaded_checkpoint = checkpoint if isinstance(checkpoint, str) else None
        return fetched

    async def _heed(self, attempt: Attempt, call: CalledOff) -> bool:
        """Whether that was the end of it."""
        match call.kind:
            case CallOff.DROPPED:
                await self._leave(attempt)
            case CallOff.UNREACHABLE:
                attempt.lingers = attempt.touched
                await self._give_up(attempt, failed(FailureCode.UNREACHABLE, str(call)))
            case CallOff.HAND_BACK:
                return await self._hand_back(attempt, str(call))
        return True

    async def _hand_back(self, attempt: Attempt, reason: str) -> bool:
        try:
            if await attempt.unless_dropped(self._withdraw(attempt)):
                attempt.touched = False
                await self._give_up(attempt, failed(FailureCode.HANDED_BACK, reason))
                return True
        except TimeoutError:
            attempt.lingers = True
            await self._give_up(attempt, failed(FailureCode.UNREACHABLE, reason))
            return True
        except CalledOff:
            await self._leave(attempt)
            return True
        attempt.see_running(asyncio.get_running_loop().time())
        if attempt.stage is Stage.ENTERING:
            attempt.move(Stage.IN_COMFYUI)
        return False

    async def _withdraw(self, attempt: Attempt) -> bool:
        """Raises TimeoutError where ComfyUI stays silent."""
        if not (attempt.touched or attempt.was_there):
            return True
        async with asyncio.timeout(self.timing.unreachable):
            return await self.ender.withdraw(
                attempt.prompt_id, doubtful_until=self._doubtful_until(attempt)
            )

    async def _give_up(self, attempt: Attempt, failure: AttemptFailed) -> None:
        """The attempt is held until the report has arrived: nobody else knows what became of it."""
        log.info("attempt.failed", code=failure.code, reason=failure.complaint.message)
        breaker = self.health.breaker
        previous_succeeded, ailing = breaker.previous_succeeded, breaker.ailing
        self.health.see_failure(attempt.ref.job_id, failure, ran=attempt.ran)
        if attempt.stage in (Stage.ENTERING, Stage.IN_COMFYUI) and not attempt.touched:
            # Only now is its place free: whether anybody gets it depends on what was just seen.
            attempt.move(Stage.ENDED)
        if failure.code is FailureCode.OUT_OF_MEMORY:
            with contextlib.suppress(ComfyUiUnavailable):
                await self.comfyui.free_memory()
        with contextlib.suppress(CalledOff):
            await attempt.unless_dropped(
                self.reports.failed(
                    attempt, failure, previous_succeeded=previous_succeeded, ailing=ailing
                )
            )
        if attempt.lingers or attempt.is_dropped:
            await self._leave(attempt)

    async def _leave(self, attempt: Attempt) -> None:
        attempt.move(Stage.LEAVING)
        if attempt.touched or attempt.was_there:
            await self._end(attempt)
        if attempt.is_dropped and (attempt.entered or attempt.was_there):
            self.tidying.tidy(attempt.ref)

    async def _end(self, attempt: Attempt) -> Ended | None:
        def interrupted() -> None:
            now = asyncio.get_running_loop().time()
            attempt.see_running(now)
            attempt.interrupted_at = attempt.interrupted_at or now

        return await self.ender.end(
            attempt.prompt_id,
            doubtful_until=self._doubtful_until(attempt),
            on_interrupt=interrupted,
        )

    def _doubtful_until(self, attempt: Attempt) -> float:
        lost_at = attempt.answer_lost_at
        return 0.0 if lost_at is None else lost_at + self.timing.late_submit
