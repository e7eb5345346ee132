"""Move committed outbox rows to the broker: at least once, and each job's rows in order."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy import text

from services.dispatcher.locks import Work, is_mine_in
from services.dispatcher.relay_messages import ROWS, Row, chain_of, drop_for, message_of
from shared.bus.base import BrokerUnavailable, Sender, Unroutable
from shared.db.engine import Sessions
from shared.db.quick import Statement, quick_transaction
from shared.failpoints import reached
from shared.messages import Drop, Message

log = structlog.get_logger()

PUBLISH_SECONDS = 8  # less than idle_in_transaction_session_timeout

_READ = Statement(ROWS)
# Without waiting for the disk: a PostgreSQL that crashes forgets the newest commits first, so rows
# come again in their order, as after a crash of ours, and consumers tolerate copies.
_DELETE = Statement(
    text(
        """
    WITH done AS (DELETE FROM outbox WHERE id = ANY(CAST(:ids AS bigint[])))
    SELECT set_config('synchronous_commit', 'off', true)
    """
    )
)


@dataclass(frozen=True)
class Letter:
    row_id: int
    chain: object  # rows of one chain are sent one after another
    message: Message | None  # None: nothing to say any more
    drop: Drop | None


async def relay_once(sessions: Sessions, bus: Sender) -> int | None:
    """Publish one batch and return how many rows are done. None: another relays.

    The rows are deleted after the broker has confirmed them. A crash in between publishes them
    again, so consumers tolerate copies. Raises BrokerUnavailable when nothing could be sent.
    """
    async with quick_transaction(sessions) as database:
        if not await is_mine_in(database, Work.RELAY):
            return None
        letters = [_letter(row) for row in await database.fetch(_READ)]
        await reached("relay.read")
        done = await _publish(letters, bus)
        await reached("relay.published")
        if done:
            await database.fetch(_DELETE, {"ids": list(done)})
        await reached("relay.deleted")
    await reached("relay.committed")
    for letter in letters:
        if letter.drop is not None and letter.row_id in done:
            await bus.cast(letter.drop)
    if letters and not done:
        raise BrokerUnavailable("the broker confirms nothing")
    return len(done)


def _letter(row: Row) -> Letter:
    message = message_of(row)
    return Letter(row["row_id"], chain_of(message, row), message, drop_for(row))


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
