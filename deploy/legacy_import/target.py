"""Darkroom's database, as an import writes it: one batch, one transaction, each row once."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from enum import Enum, auto

import asyncpg
from sqlalchemy import bindparam, func, select

from deploy.legacy_import.endings import with_another_job, without_content
from deploy.legacy_import.schema import CONTENT_TABLES
from shared.db import importing
from shared.db.engine import Sessions
from shared.db.imported import ImportedUnit, Known, KnownItem
from shared.db.quick import Statement, quick, quick_transaction
from shared.errors import Conflict, Unavailable

OVERTAKEN = "somebody else wrote what was about to be imported; say the same again"

_LOCK = Statement(select(func.pg_try_advisory_lock(bindparam("key")).label("is_ours")))
_UNLOCK = Statement(select(func.pg_advisory_unlock(bindparam("key"))))


class ImportUnderWay(Conflict):
    code = "import_under_way"


class OtherDatabase(Conflict):
    """What was imported before came from elsewhere: the numbers of the two mean different rows."""

    code = "other_legacy_database"

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what} was imported from another legacy database before. The rows of two cannot be"
            " told apart in one Darkroom: give each one of its own."
        )


class Overtaken(Unavailable):
    """Somebody wrote meanwhile what we were about to; look again."""

    code = "overtaken"


class What(Enum):
    NEW = auto()
    LATE = auto()  # the item is new, its job came before it did: it gets another
    JOB_ONLY = auto()  # the item has another job already
    LACKING = auto()  # all there but the file
    ALREADY = auto()


@dataclass(frozen=True, slots=True)
class Decision:
    what: What
    unit: ImportedUnit
    item: KnownItem | None = None


def decide(unit: ImportedUnit, known: Known) -> Decision:
    """Raises OtherDatabase."""
    job_id = known.jobs.get(unit.job.key)
    if job_id is not None and job_id != unit.job.id:
        raise OtherDatabase(f"{unit.job.key.table} {unit.job.key.id}")
    if unit.item is None:
        return Decision(What.NEW if job_id is None else What.ALREADY, unit)
    item = known.items.get(unit.item.key)
    if item is None:
        if job_id is None:
            return Decision(What.NEW, unit)
        return Decision(What.LATE, with_another_job(unit))
    if job_id is None and item.job_id is not None:
        why = f"Its image, {item.id}, was imported before as that of another job."
        return Decision(What.JOB_ONLY, without_content(unit.job, why), item)
    is_lacking = item.file_missing and not item.is_deleted
    return Decision(What.LACKING if is_lacking else What.ALREADY, unit, item)


@asynccontextmanager
async def alone(sessions: Sessions) -> AsyncIterator[None]:
    """Raises ImportUnderWay. Lost with its connection; then `write_batch` still writes once."""
    async with quick(sessions) as database:
        [row] = await database.fetch(_LOCK, {"key": importing.IMPORT_LOCK})
        if not row["is_ours"]:
            raise ImportUnderWay("another import into this Darkroom is under way; wait for its end")
        try:
            yield
        finally:
            with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                await database.fetch(_UNLOCK, {"key": importing.IMPORT_LOCK})


async def decide_all(sessions: Sessions, units: Sequence[ImportedUnit]) -> list[Decision]:
    async with quick(sessions) as database:
        known = await importing.known_of(database, units)
    return [decide(unit, known) for unit in units]


async def write_batch(
    sessions: Sessions, planned: Sequence[ImportedUnit], decisions: Sequence[Decision]
) -> int:
    """`planned`: what the decisions were made of. How many items have another address now.

    All or nothing. Raises Overtaken."""
    try:
        async with quick_transaction(sessions) as database:
            await importing.hold_write_lock(database)
            known = await importing.known_of(database, planned)
            if [decide(unit, known).what for unit in planned] != [one.what for one in decisions]:
                raise Overtaken(OVERTAKEN)
            new = [one.unit for one in decisions if one.what not in (What.ALREADY, What.LACKING)]
            ids = await importing.insert_units(database, new)
            for one in decisions:
                file = one.unit.file
                if one.what == What.LACKING and one.item and file and not file.is_missing:
                    await importing.give_file(database, one.item.id, file)
        keys = [unit.item.key for unit in new if unit.item is not None]
        return sum(
            key.table in CONTENT_TABLES and key.id != now
            for key, now in zip(keys, ids, strict=True)
        )
    except asyncpg.UniqueViolationError as error:
        raise Overtaken(OVERTAKEN) from error
