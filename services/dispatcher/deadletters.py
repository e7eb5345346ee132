"""Dead letters: kept in their table, and never a reason for a job to hang."""

import structlog
from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.dispatcher.failures import apply_failure
from services.dispatcher.settings import Timing
from services.dispatcher.wake import Wake
from shared.bus.base import OUTPUT_QUEUE, REPORT_QUEUE, DeadLetter, Sender
from shared.db import tables
from shared.db.engine import Sessions, transaction
from shared.jobs import FailureCode, JobId
from shared.messages import Failed, Generate, MalformedMessage, Message
from shared.messages.base import decode

log = structlog.get_logger()

DECODABLE: dict[str, type[Message]] = {
    "generate": Generate,
    **REPORT_QUEUE.carries,
    **OUTPUT_QUEUE.carries,
}
KEPT_BYTES = 1 << 20


class _Names(BaseModel):
    """As much of a broken message as is needed to find its job."""

    model_config = ConfigDict(extra="ignore")

    job_id: JobId
    attempt: int
    trace_id: str | None = None


async def handle(letter: DeadLetter, *, sessions: Sessions, wake: Wake, timing: Timing) -> None:
    """A copy makes a second row, and finds the attempt over."""
    names = _names(letter.body)
    async with transaction(sessions) as session:
        session.add(
            tables.DeadLetter(
                queue=letter.queue,
                reason=letter.reason,
                body=letter.body[:KEPT_BYTES],
                job_id=names.job_id if names else None,
            )
        )
        if names is not None:
            await apply_failure(session, _undeliverable(letter, names), timing)
    log.error(
        "message.died",
        queue=letter.queue,
        reason=letter.reason,
        job_id=str(names.job_id) if names else None,
        trace_id=names.trace_id if names else None,
    )
    wake.all()


def _names(body: bytes) -> _Names | None:
    try:
        return _Names.model_validate_json(body)
    except ValidationError:
        return None


def _undeliverable(letter: DeadLetter, names: _Names) -> Failed:
    return Failed(
        worker_id=None,
        job_id=names.job_id,
        attempt=names.attempt,
        code=FailureCode.UNDELIVERABLE,
        message=f"A message about it could not be handled ({letter.queue}: {letter.reason}).",
        trace_id=names.trace_id,
    )


async def settle_once(sessions: Sessions, bus: Sender) -> int:
    """Act on what an admin decided. A crash after publishing publishes again: harmless."""
    async with transaction(sessions) as session:
        letter = await session.scalar(
            select(tables.DeadLetter)
            .where(tables.DeadLetter.decision.is_not(None), tables.DeadLetter.settled_at.is_(None))
            .order_by(tables.DeadLetter.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if letter is None:
            return 0
        if letter.decision == "retry":
            await _publish_again(letter, bus)
        await _settle(session, letter.id)
        return 1


async def _publish_again(letter: tables.DeadLetter, bus: Sender) -> None:
    try:
        message = decode(letter.body, DECODABLE)
    except MalformedMessage as error:
        log.warning("dead_letter.unreadable", dead_letter_id=letter.id, reason=str(error)[:200])
        return
    await bus.publish(message)


async def _settle(session: AsyncSession, letter_id: int) -> None:
    await session.execute(
        update(tables.DeadLetter)
        .where(tables.DeadLetter.id == letter_id)
        .values(settled_at=func.now())
    )
