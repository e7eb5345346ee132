"""What the live workers offer, read at most once a second, and each description parsed once."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import literal, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from shared.db.engine import Sessions, transaction
from shared.db.positions import IS_LIVE
from shared.db.tables import Worker
from shared.remembered import Remembered
from shared.workflows.requirements import Offers, offered

LASTS_SECONDS = 1.0


@dataclass(frozen=True)
class LiveWorkers:
    offers: tuple[Offers, ...]  # one a live worker
    options: dict[str, list[str]]  # of all of them, by kind

    @property
    def are_any(self) -> bool:
        return bool(self.offers)


class WorkerOffers:
    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._parsed: dict[tuple[str, str], Offers] = {}  # (worker, digest)
        self._remembered = Remembered(self._read, lasts_seconds=LASTS_SECONDS)

    async def now(self) -> LiveWorkers:
        """Raises DatabaseUnavailable."""
        return await self._remembered.now()

    @property
    def latest(self) -> dict[str, list[str]] | None:
        """The options as last read; None: not yet."""
        latest = self._remembered.latest
        return None if latest is None else latest.options

    async def _read(self) -> LiveWorkers:
        async with transaction(self._sessions) as session:
            offers = await self._read_offers(session)
        latest = self._remembered.latest
        if latest is not None and latest.offers == offers:
            return latest
        return LiveWorkers(offers, offered(offers))

    async def _read_offers(self, session: AsyncSession) -> tuple[Offers, ...]:
        rows = await session.execute(
            select(Worker.id, Worker.offers_digest)
            # What one offers that has just started may not have arrived: it may have anything.
            .where(IS_LIVE, Worker.offers != literal({}, JSONB))
            .order_by(Worker.id)
        )
        live = [(row.id, row.offers_digest) for row in rows]
        # Without a digest nothing says that it is still the same.
        new = [worker_id for worker_id, digest in live if not digest]
        new += [key[0] for key in live if key not in self._parsed and key[1]]
        read = await session.execute(
            select(Worker.id, Worker.offers_digest, Worker.offers).where(Worker.id.in_(new))
        )
        fresh: dict[tuple[str, str], Offers] = {
            (row.id, row.offers_digest): _parse(row.offers) for row in read
        }
        self._parsed = {key: one for key, one in self._parsed.items() if key in live} | fresh
        return tuple(self._parsed[key] for key in live if key in self._parsed)


def _parse(offers: dict[str, Any]) -> Offers:
    return Offers.model_validate(offers)
