"""From what the legacy database says to what Darkroom writes: a job, and its item; pure."""

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from deploy.legacy_import.content import LegacyItem
from deploy.legacy_import.endings import UNFINISHED, ending, failed
from deploy.legacy_import.item_rows import (
    Content,
    Said,
    content_of,
    content_type_of,
    item_changes,
    item_of_path,
    item_row,
)
from deploy.legacy_import.job_rows import job_changes, job_made_for, job_row, split_from
from deploy.legacy_import.jobs import LegacyJob
from deploy.legacy_import.links import Output
from deploy.legacy_import.params import Lifted, lift
from deploy.legacy_import.schema import ITEMS_AUTO
from deploy.legacy_import.statuses import Fate
from deploy.legacy_import.values import LARGEST_SAFE_ID
from shared.db.imported import ImportedJob, ImportedUnit, LegacyKey
from shared.jobs import JobStatus

Requeue = Callable[[ImportedJob], ImportedJob | str]  # str: why it cannot be made now


@dataclass(frozen=True, slots=True)
class Plan:
    """`unit.file` is filled in once the bytes are in the store."""

    unit: ImportedUnit
    content: Content | None = None
    is_item_made: bool = False  # there was no content row
    changes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()  # values too large to be kept


@dataclass(frozen=True, slots=True)
class Marks:
    """Of some content: the rows themselves, and what other tables say of them."""

    items: Mapping[LegacyKey, LegacyItem]
    tags: Mapping[LegacyKey, Sequence[str]]
    favorites: frozenset[LegacyKey]


@dataclass(frozen=True, slots=True)
class Mapper:
    users: Mapping[UUID, UUID]  # legacy → ours
    is_there: Callable[[str], bool]  # whether a path leads to a file
    twice: Container[int] = frozenset()  # numbers that both content tables have
    requeue: Requeue | None = None

    def job(
        self,
        job: LegacyJob,
        outputs: Sequence[Output],
        marks: Marks,
        *,
        lost_to: LegacyKey | None = None,
    ) -> list[Plan]:
        """The job with its first output, and one more job for each other one."""
        lifted = lift(job.request, job.columns)
        changes = job_changes(job, lifted)
        if job.fate != Fate.COMPLETED or not outputs:
            row = self._without_item(job, lifted, lost_to)
            return [Plan(ImportedUnit(row), changes=changes, left_out=job.too_large)]
        user_id = self._user(job.user_id)
        row = job_row(job, lifted, user_id=user_id, status=JobStatus.COMPLETED, error=None)
        first, *others = outputs
        return [
            self._made(row, first, marks, changes=changes, left_out=job.too_large),
            *(self._made(split_from(row, _place(row, one)), one, marks) for one in others),
        ]

    def item(self, item: LegacyItem, marks: Marks) -> Plan:
        """Content that no job made: it gets a completed one of its own."""
        user_id = self._user(item.user_id)
        lifted = lift(item.metadata)
        job = job_made_for(item, lifted, user_id=user_id, job_type=content_type_of(item))
        return self._of_row(job, item, lifted, marks)

    def _without_item(
        self, job: LegacyJob, lifted: Lifted, lost_to: LegacyKey | None
    ) -> ImportedJob:
        status, error = ending(job, lost_to)
        row = job_row(job, lifted, user_id=self._user(job.user_id), status=status, error=error)
        if job.fate != Fate.PENDING or self.requeue is None:
            return row
        queued = self.requeue(row)
        if isinstance(queued, ImportedJob):
            return queued
        return failed(row, UNFINISHED, f"It was pending, and cannot be queued again: {queued}")

    def _made(
        self,
        job: ImportedJob,
        output: Output,
        marks: Marks,
        *,
        changes: tuple[str, ...] = (),
        left_out: tuple[str, ...] = (),
    ) -> Plan:
        if output.item is not None:
            item = marks.items[output.item]
            lifted = lift(item.metadata)
            return self._of_row(job, item, lifted, marks, changes=changes, left_out=left_out)
        made = item_of_path(job, _place(job, output), output.path)
        return Plan(ImportedUnit(job, made), Content(path=output.path), True, changes, left_out)

    def _of_row(
        self,
        job: ImportedJob,
        item: LegacyItem,
        lifted: Lifted,
        marks: Marks,
        *,
        changes: tuple[str, ...] = (),
        left_out: tuple[str, ...] = (),
    ) -> Plan:
        content = content_of(item, self.is_there)
        tags = marks.tags.get(item.key, ())
        said = Said(job, self._address(item.key), tags, item.key in marks.favorites)
        row = item_row(item, lifted, content, said)
        return Plan(
            ImportedUnit(job, row),
            content,
            changes=(*changes, *item_changes(item, lifted, row)),
            left_out=(*left_out, *item.too_large),
        )

    def _address(self, key: LegacyKey) -> int | None:
        """Its old one, which of two the regular content keeps."""
        is_second = key.table == ITEMS_AUTO and key.id in self.twice
        return key.id if 0 < key.id <= LARGEST_SAFE_ID and not is_second else None

    def _user(self, user_id: UUID | None) -> UUID:
        """Rows of users who are not there never come so far."""
        assert user_id is not None  # noqa: S101
        return self.users[user_id]


def _place(job: ImportedJob, output: Output) -> LegacyKey:
    """Of an image that has no row: where its path stands."""
    table = job.key.table.partition(".")[0]
    return LegacyKey(f"{table}.output_paths[{output.position}]", job.key.id)
