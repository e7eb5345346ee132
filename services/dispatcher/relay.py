"""Move committed outbox rows to the broker: at least once, and each job's rows in order."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog
from sqlalchemy import Row, Uuid, and_, any_, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from services.dispatcher.locks import Work, is_mine
from services.dispatcher.relay_messages import COMMAND_COLUMNS, drop_for, message_of
from shared.bus.base import BrokerUnavailable, Sender, Unroutable
from shared.db.engine import Sessions, transaction
from shared.db.tables import ContentItem, Job, JobEvent, OutboxRow
from shared.db.views import JOB_COLUMNS
from shared.failpoints import reached
from shared.messages import Drop, Message

log = structlog.get_logger()

BATCH = 200
PUBLISH_SECONDS = 8  # less than idle_in_transaction_session_timeout


@dataclass(frozen=True)
class Letter:
    row_id: int
    chain: object  # rows of one chain are sent one after another
    message: Message | None  # None: nothing to say any more
    drop: Drop | None


_ROWS = (
    select(OutboxRow, JobEvent)
    .outerjoin(
        JobEvent,
        and_(JobEvent.job_id == OutboxRow.job_id, JobEvent.version == OutboxRow.version),
    )
    .order_by(OutboxRow.id)
    .limit(BATCH)
)
_JOBS = (
    select(*JOB_COLUMNS, *COMMAND_COLUMNS)
    .outerjoin(ContentItem, ContentItem.id == Job.content_id)
    .where(Job.id == any_(bindparam("job_ids", type_=ARRAY(Uuid))))
)
_DELETE = text("DELETE FROM outbox WHERE id = ANY(:ids)")


async def relay_once(sessions: Sessions, bus: Sender) -> int | None:
    """Publish one batch and return how many rows are done. None: another relays.

    The rows are deleted after the broker has confirmed them. A crash in between publishes them
    again, so consumers tolerate copies. Raises BrokerUnavailable when nothing could be sent.
    """
    async with transaction(sessions) as session:
        if not await is_mine(session, Work.RELAY):
            return None
        letters = await _read(session)
        await reached("relay.read")
        done = await _publish(letters, bus)
        await reached("relay.published")
        if done:
            await session.execute(_DELETE, {"ids": list(done)})
        await reached("relay.deleted")
    await reached("relay.committed")
    for letter in letters:
        if letter.drop is not None and letter.row_id in done:
            await bus.cast(letter.drop)
    if letters and not done:
        raise BrokerUnavailable("the broker confirms nothing")
    return len(done)


async def _read(session: AsyncSession) -> list[Letter]:
    rows = (await session.execute(_ROWS)).all()
    jobs = await _jobs(session, {row.OutboxRow.job_id for row in rows if row.OutboxRow.job_id})
    return [_letter(row.OutboxRow, row.JobEvent, jobs) for row in rows]


async def _jobs(session: AsyncSession, job_ids: Collection[UUID]) -> dict[UUID, Row[tuple[object]]]:
    if not job_ids:
        return {}
    found = await session.execute(_JOBS, {"job_ids": list(job_ids)})
    return {row.id: row for row in found}


def _letter(
    row: OutboxRow, event: JobEvent | None, jobs: Mapping[UUID, Row[tuple[object]]]
) -> Letter:
    job = jobs.get(row.job_id) if row.job_id else None
    return Letter(
        row_id=row.id,
        chain=row.job_id or _chain_of_body(row),
        message=message_of(row, event, job),
        drop=drop_for(event) if event else None,
    )


def _chain_of_body(row: OutboxRow) -> object:
    body = row.body or {}
    content = body.get("content") or {}
    return body.get("job_id") or content.get("id") or body.get("content_id")


async def _publish(letters: Sequence[Letter], bus: Sender) -> set[int]:
    """The ids of the rows that are done. A chain stops at its first unconfirmed row."""
    chains: defaultdict[object, list[Letter]] = defaultdict(list)
    for letter in letters:
        chains[letter.chain].append(letter)
    done: set[int] = set()

    async def send(chain: Sequence[Letter]) -> None:
        for letter in chain:
            if letter.message is not None and not await _sent(letter.message, bus):
                return
            done.add(letter.row_id)

    try:
        async with asyncio.timeout(PUBLISH_SECONDS):
            await asyncio.gather(*(send(chain) for chain in chains.values()))
    except TimeoutError:
        log.warning("relay.slow", waiting=len(letters) - len(done))
    return done


async def _sent(message: Message, bus: Sender) -> bool:
    try:
        await bus.publish(message)
    except Unroutable:
        # Its worker's queue is gone. The heartbeat rule sends it again, or the lease ends.
        log.warning("relay.unroutable", type=message.type, trace_id=message.trace_id)
    except BrokerUnavailable:
        return False
    return True
