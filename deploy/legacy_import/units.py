"""From what the legacy database says to what Darkroom writes: a job, and its item; pure."""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from deploy.legacy_import.content import LegacyItem, metadata_tags
from deploy.legacy_import.endings import UNFINISHED, ending, events, failed
from deploy.legacy_import.identity import job_id_of
from deploy.legacy_import.jobs import LegacyJob
from deploy.legacy_import.links import Output
from deploy.legacy_import.params import Lifted, legacy_params, lift
from deploy.legacy_import.paths import is_path
from deploy.legacy_import.schema import ITEMS_AUTO
from deploy.legacy_import.statuses import JOB_TYPES, STATUSES, Fate, job_type_of
from deploy.legacy_import.values import LARGEST_SAFE_ID
from services.content.titles import title_of
from shared.db.imported import ImportedItem, ImportedJob, ImportedUnit, LegacyKey
from shared.jobs import FINAL, LEGACY, JobStatus, JobType

LONGEST_TAG = 255

Requeue = Callable[[ImportedJob], ImportedJob | str]  # str: why it cannot be made now


@dataclass(frozen=True, slots=True)
class Content:
    """Where the bytes of an item come from: a path, or the text itself."""

    path: str | None = None
    text: str | None = None


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
    """What other tables say of content."""

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
        items: Mapping[LegacyKey, LegacyItem],
        marks: Marks,
        *,
        lost_to: LegacyKey | None = None,
    ) -> list[Plan]:
        """The job with its first output, and one more job for each other one."""
        if job.fate != Fate.COMPLETED or not outputs:
            return [self._without_item(job, lost_to)]
        return [
            self._with_output(job, output, items, marks, is_first=index == 0)
            for index, output in enumerate(outputs)
        ]

    def _without_item(self, job: LegacyJob, lost_to: LegacyKey | None) -> Plan:
        status, error = ending(job, lost_to)
        row = self._row(job, job.key, status, error)
        if job.fate == Fate.PENDING and self.requeue is not None:
            row = _requeued(row, self.requeue(row))
        return Plan(ImportedUnit(row), changes=_job_changes(job), left_out=job.too_large)

    def _with_output(
        self,
        job: LegacyJob,
        output: Output,
        items: Mapping[LegacyKey, LegacyItem],
        marks: Marks,
        *,
        is_first: bool,
    ) -> Plan:
        place = LegacyKey(f"{job.key.table}.output_paths[{output.position}]", job.key.id)
        more = {} if is_first else {"split_from": job.key.id}
        row = self._row(job, job.key if is_first else place, JobStatus.COMPLETED, None, more)
        changes = _job_changes(job) if is_first else ()
        left_out = job.too_large if is_first else ()
        if output.item is not None:
            item, content, further = self._item(items[output.item], marks, job=row)
            too_large = (*left_out, *items[output.item].too_large)
            unit = ImportedUnit(row, item)
            return Plan(unit, content, changes=(*changes, *further), left_out=too_large)
        made = _item_of_path(row, place, output.path)
        return Plan(ImportedUnit(row, made), Content(path=output.path), True, changes, left_out)

    def item(self, item: LegacyItem, marks: Marks) -> Plan:
        """Content that no job made: it gets a completed one of its own."""
        lifted = lift(item.metadata)
        job = ImportedJob(
            id=self._id(item.key, item.user_id, item.created_at),
            key=item.key,
            user_id=self._user(item.user_id),
            job_type=_content_type(item),
            status=JobStatus.COMPLETED,
            prompt=item.prompt,
            negative_prompt="",
            params=legacy_params(lifted.params, {"made_for_content": item.key.id}),
            error=None,
            events=events(JobStatus.COMPLETED, item.created_at, None, item.created_at, None),
            created_at=item.created_at,
            started_at=None,
            finished_at=item.created_at,
            updated_at=item.created_at,
        )
        row, content, changes = self._item(item, marks, job=job)
        unit = ImportedUnit(job, row)
        return Plan(unit, content, changes=changes, left_out=item.too_large)

    def _row(
        self,
        job: LegacyJob,
        key: LegacyKey,
        status: JobStatus,
        error: Mapping[str, Any] | None,
        more: Mapping[str, Any] | None = None,
    ) -> ImportedJob:
        lifted = lift(job.request, job.columns)
        rest = {**lifted.rest, **_beside(job, status), **(more or {})}
        negative_prompt = job.negative_prompt or _text(rest.pop("negative_prompt", None))
        if rest.get("prompt") == job.prompt:
            del rest["prompt"]
        is_final = status in FINAL
        finished_at = (job.completed_at or job.updated_at or job.created_at) if is_final else None
        return ImportedJob(
            id=self._id(key, job.user_id, job.created_at),
            key=key,
            user_id=self._user(job.user_id),
            job_type=job_type_of(job.job_type) or JobType.IMAGE,
            status=status,
            prompt=job.prompt,
            negative_prompt=negative_prompt,
            params=legacy_params(lifted.params, rest),
            error=error,
            events=events(status, job.created_at, job.started_at, finished_at, error),
            created_at=job.created_at,
            started_at=job.started_at if is_final else None,
            finished_at=finished_at,
            updated_at=job.updated_at or finished_at or job.created_at,
        )

    def _item(
        self, item: LegacyItem, marks: Marks, *, job: ImportedJob
    ) -> tuple[ImportedItem, Content, tuple[str, ...]]:
        lifted = lift(item.metadata)
        content = self._content(item)
        prompt = item.prompt or job.prompt
        params = {k: v for k, v in job.params.items() if k != LEGACY} | lifted.params
        kept = {name: value for name, value in item.beside.items() if value is not None}
        rest = {k: v for k, v in lifted.rest.items() if k != "tags" and v != prompt} | kept
        negative_prompt = _text(rest.pop("negative_prompt", None)) or job.negative_prompt
        if content.path is not None:
            rest["content_data"] = item.data
        tags = marks.tags.get(item.key) or item.tags or metadata_tags(item)
        row = ImportedItem(
            key=item.key,
            wanted_id=self._address(item.key),
            user_id=job.user_id,
            content_type=JobType.TEXT if content.path is None else _content_type(item),
            title=item.title or title_of(prompt),
            prompt=prompt,
            negative_prompt=negative_prompt,
            params=legacy_params(params, rest),
            tags=[tag[:LONGEST_TAG] for tag in tags],
            is_favorite=item.key in marks.favorites,
            created_at=item.created_at,
        )
        return row, content, _item_changes(item, lifted, row)

    def _content(self, item: LegacyItem) -> Content:
        is_one = is_path(item.data)
        if _content_type(item) == JobType.TEXT:
            return (
                Content(path=item.data)
                if is_one and self.is_there(item.data)
                else Content(text=item.data)
            )
        return (
            Content(path=item.data) if is_one or not item.data.strip() else Content(text=item.data)
        )

    def _address(self, key: LegacyKey) -> int | None:
        """Its old one, which of two the regular content keeps."""
        is_second = key.table == ITEMS_AUTO and key.id in self.twice
        return key.id if 0 < key.id <= LARGEST_SAFE_ID and not is_second else None

    def _id(self, key: LegacyKey, user_id: UUID | None, created_at: datetime) -> UUID:
        return job_id_of(key, user_id=self._user(user_id), created_at=created_at)

    def _user(self, user_id: UUID | None) -> UUID:
        """Rows of users who are not there never come so far."""
        assert user_id is not None  # noqa: S101
        return self.users[user_id]


def _requeued(row: ImportedJob, outcome: ImportedJob | str) -> ImportedJob:
    if isinstance(outcome, ImportedJob):
        return outcome
    return failed(row, UNFINISHED, f"It was pending, and cannot be queued again: {outcome}")


def _beside(job: LegacyJob, status: JobStatus) -> dict[str, Any]:
    """What has no column any more, and is not said by the status."""
    kept: dict[str, Any] = {}
    if job.error_message and (status != JobStatus.FAILED or job.fate != Fate.FAILED):
        kept["error_message"] = job.error_message
    if job_type_of(job.job_type) is None:
        kept["job_type"] = job.job_type
    if job.status not in STATUSES:
        kept["status"] = job.status
    return kept


def _item_of_path(job: ImportedJob, key: LegacyKey, path: str) -> ImportedItem:
    params = {name: value for name, value in job.params.items() if name != LEGACY}
    return ImportedItem(
        key=key,
        wanted_id=None,
        user_id=job.user_id,
        content_type=job.job_type,
        title=title_of(job.prompt),
        prompt=job.prompt,
        negative_prompt=job.negative_prompt,
        params=legacy_params(params, {"content_data": path}),
        tags=[],
        is_favorite=False,
        created_at=job.finished_at or job.created_at,
    )


def _content_type(item: LegacyItem) -> JobType:
    known = job_type_of(item.content_type)
    return known or (JobType.IMAGE if is_path(item.data) else JobType.TEXT)


def _job_changes(job: LegacyJob) -> tuple[str, ...]:
    lifted = lift(job.request, job.columns)
    said = {
        "job type": job.job_type not in JOB_TYPES,
        "status": job.status not in STATUSES,
        "random seed (-1) left out": lifted.has_random_seed,
        "raw history entry left out": lifted.dropped_history,
        "date out of range": bool(job.bad_dates),
    }
    return _true_ones(said.items())


def _item_changes(item: LegacyItem, lifted: Lifted, row: ImportedItem) -> tuple[str, ...]:
    said = {
        "content type": row.content_type != item.content_type,
        "random seed (-1) left out": lifted.has_random_seed,
        "raw history entry left out": lifted.dropped_history,
        "date out of range": bool(item.bad_dates),
        "tag cut": any(len(tag) > LONGEST_TAG for tag in item.tags),
    }
    return _true_ones(said.items())


def _true_ones(said: Iterable[tuple[str, bool]]) -> tuple[str, ...]:
    return tuple(words for words, is_so in said if is_so)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
