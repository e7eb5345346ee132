"""Legacy content, or a path of which there is no row, as an item of Darkroom; pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from deploy.legacy_import.content import LegacyItem, metadata_tags
from deploy.legacy_import.params import Lifted, legacy_params
from deploy.legacy_import.paths import is_path
from deploy.legacy_import.statuses import job_type_of
from services.content.titles import title_of
from shared.db.imported import ImportedItem, ImportedJob, LegacyKey
from shared.jobs import JobType, without_legacy

LONGEST_TAG = 255


@dataclass(frozen=True, slots=True)
class Content:
    """Where the bytes of an item come from: a path, or the text itself."""

    path: str | None = None
    text: str | None = None


def content_of(item: LegacyItem, is_there: Callable[[str], bool]) -> Content:
    """`is_there`: whether a path leads to a file. What should be a text is a path only then."""
    can_be_path = is_path(item.data)
    if content_type_of(item) == JobType.TEXT:
        can_be_path = can_be_path and is_there(item.data)
    elif not item.data.strip():
        can_be_path = True
    return Content(path=item.data) if can_be_path else Content(text=item.data)


def content_type_of(item: LegacyItem) -> JobType:
    known = job_type_of(item.content_type)
    return known or (JobType.IMAGE if is_path(item.data) else JobType.TEXT)


@dataclass(frozen=True, slots=True)
class Said:
    """What others say of a content row: the job that made it, and other tables."""

    job: ImportedJob
    address: int | None  # its number, where nothing else has it
    tags: Sequence[str]
    is_favorite: bool


def item_row(item: LegacyItem, lifted: Lifted, content: Content, said: Said) -> ImportedItem:
    job, prompt = said.job, item.prompt or said.job.prompt
    tags = said.tags or item.tags or metadata_tags(item)
    rest = _rest(item, lifted, prompt, tags)
    negative_prompt = rest.pop("negative_prompt", None)
    if content.path is not None:
        rest["content_data"] = item.data
    return ImportedItem(
        key=item.key,
        wanted_id=said.address,
        user_id=job.user_id,
        content_type=JobType.TEXT if content.path is None else content_type_of(item),
        title=item.title or title_of(prompt),
        prompt=prompt,
        negative_prompt=negative_prompt
        if isinstance(negative_prompt, str)
        else job.negative_prompt,
        params=legacy_params(without_legacy(job.params) | lifted.params, rest),
        tags=[tag[:LONGEST_TAG] for tag in tags],
        is_favorite=said.is_favorite,
        created_at=item.created_at,
    )


def item_of_path(job: ImportedJob, key: LegacyKey, path: str) -> ImportedItem:
    return ImportedItem(
        key=key,
        wanted_id=None,
        user_id=job.user_id,
        content_type=job.job_type,
        title=title_of(job.prompt),
        prompt=job.prompt,
        negative_prompt=job.negative_prompt,
        params=legacy_params(without_legacy(job.params), {"content_data": path}),
        tags=[],
        is_favorite=False,
        created_at=job.finished_at or job.created_at,
    )


def item_changes(item: LegacyItem, lifted: Lifted, row: ImportedItem) -> tuple[str, ...]:
    said = {
        "content type": row.content_type != item.content_type,
        "random seed (-1) left out": lifted.has_random_seed,
        "raw history entry left out": lifted.dropped_history,
        "date out of range": bool(item.bad_dates),
        "tag cut": any(len(tag) == LONGEST_TAG for tag in row.tags),
    }
    return tuple(words for words, is_so in said.items() if is_so)


def _rest(item: LegacyItem, lifted: Lifted, prompt: str, tags: Sequence[str]) -> dict[str, Any]:
    """Of the metadata, and beside it, what is said nowhere else."""
    kept = {name: value for name, value in item.beside.items() if value is not None}
    rest = lifted.rest | kept
    if rest.get("prompt") == prompt:
        del rest["prompt"]
    if set(metadata_tags(item)) <= set(tags):
        rest.pop("tags", None)
    return rest
