"""An import from start to end. Killed at any moment and repeated, it goes on where it was."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from deploy.legacy_import.batches import Bringer
from deploy.legacy_import.files import Files
from deploy.legacy_import.index import index_of
from deploy.legacy_import.opening import check_roots
from deploy.legacy_import.paths import Root
from deploy.legacy_import.queries import select_whole
from deploy.legacy_import.reading import Reader
from deploy.legacy_import.report import Report
from deploy.legacy_import.schema import CONTENT_TABLES, JOB_TABLES, USERS
from deploy.legacy_import.source import Source, open_source
from deploy.legacy_import.target import OtherDatabase, alone
from deploy.legacy_import.units import Mapper, Requeue
from deploy.legacy_import.users import LegacyUser, named_apart, user_of
from deploy.standalone.sign_in import USER as OPERATOR
from shared.db import importing
from shared.db.engine import Sessions
from shared.db.imported import ImportedUser
from shared.db.quick import quick_transaction
from shared.failpoints import reached
from shared.media import MediaStore

OnProgress = Callable[[int, int], None]  # jobs and content done, and how many there are


@dataclass(frozen=True)
class Wanted:
    source_url: str = field(repr=False)  # it may hold a password
    roots: Sequence[Root]
    is_dry_run: bool = False
    requeue: Requeue | None = None  # None: what was pending arrives as failed


async def import_legacy(
    wanted: Wanted, *, sessions: Sessions, media: MediaStore, on_progress: OnProgress
) -> Report:
    """Raises Refused where nothing was written, Unavailable where it may be repeated later."""
    check_roots(wanted.roots)
    files = Files(wanted.roots, None if wanted.is_dry_run else media)
    try:
        async with open_source(wanted.source_url) as source, alone(sessions):
            return await _import(source, wanted, sessions, files, on_progress)
    finally:
        files.close()


async def _import(
    source: Source, wanted: Wanted, sessions: Sessions, files: Files, on_progress: OnProgress
) -> Report:
    report = Report(source.schema.stage, wanted.is_dry_run)
    for table in (USERS, *JOB_TABLES, *CONTENT_TABLES):
        if source.has(table):
            await source.refuse_doubles(table)
    legacy_users = await _read_users(source)
    users = {user.id: user.user.id for user in legacy_users}
    index = await index_of(source, users, report)
    users |= await _bring_users(legacy_users, sessions, report, highest_id=index.highest_id)
    await reached("import.users_written")
    reader = Reader(source, index, Mapper(users, files.is_there, index.twice, wanted.requeue))
    bringer = Bringer(sessions, files, report)
    total = report.jobs.read + len(index.orphans)
    done = 0
    async for plans in reader.plans():
        await bringer.bring(plans)
        done += len(plans)
        on_progress(min(done, total), total)
    on_progress(total, total)
    return report


async def _read_users(source: Source) -> list[LegacyUser]:
    return [
        user_of(row)
        async for rows in source.batches(f"{select_whole(source.schema, USERS)} ORDER BY id")
        for row in rows
    ]


async def _bring_users(
    legacy_users: Sequence[LegacyUser], sessions: Sessions, report: Report, *, highest_id: int
) -> dict[UUID, UUID]:
    """Legacy id → ours, of all of them. Raises OtherDatabase.

    It is the first write, so new content gets no id up to `highest_id` from here on."""
    report.users.read = len(legacy_users)
    async with quick_transaction(sessions) as database:
        await importing.hold_write_lock(database)
        known = await importing.known_users(database)
        arrived = {one.legacy_id: one.id for one in known if one.legacy_id is not None}
        if arrived and legacy_users and arrived.keys().isdisjoint(one.id for one in legacy_users):
            raise OtherDatabase("what is here already")
        new = named_apart([one.user for one in legacy_users], known, reserved=OPERATOR)
        if not report.is_dry_run:
            await importing.reserve_ids(database, highest_id)
            await importing.insert_users(database, new)
    _count_users(legacy_users, new, report)
    return {**arrived, **{one.legacy_id: one.id for one in new}}


def _count_users(
    legacy_users: Sequence[LegacyUser], new: Sequence[ImportedUser], report: Report
) -> None:
    report.users.written = len(new)
    report.users.already = len(legacy_users) - len(new)
    names = {one.id: one.name for one in legacy_users}
    report.renamed_users = {
        names[one.legacy_id]: one.name for one in new if names[one.legacy_id] != one.name
    }
    for one in legacy_users:
        report.left_behind.update(one.left_behind)
