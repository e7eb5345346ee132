"""Which job made which content; pure.

1. The link that a job has, to content of its own user.
2. Content that nobody has, found again for a completed job without: by a path among its outputs, by
   its number in a file name, by its prompt where exactly one matches. In this order, each for all.
3. Of many jobs with one item the one that ended nearest to the item's beginning keeps it.
4. Outputs beyond the first: content that has that path, else an image of which there is no row.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from deploy.legacy_import.paths import normal
from deploy.legacy_import.schema import ITEMS, JOBS
from shared.db.imported import LegacyKey

_NUMBER = re.compile(r"gen_job_(\d{1,18})_")


@dataclass(frozen=True, slots=True)
class JobFacts:
    key: LegacyKey
    user_id: UUID
    is_completed: bool
    link: int | None
    completed_at: datetime | None
    prompt: int  # a hash of it; 0: none that says anything
    outputs: tuple[str, ...]  # paths, each once


@dataclass(frozen=True, slots=True)
class ItemFacts:
    key: LegacyKey
    user_id: UUID
    path: str  # empty: a text
    prompt: int  # of its metadata
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Output:
    """One image of a job: a content row, or a path of which there is none."""

    item: LegacyKey | None
    path: str
    position: int = 0  # among the outputs of its job


@dataclass(slots=True)
class Links:
    outputs: dict[LegacyKey, list[Output]] = field(default_factory=dict)  # first: the job's own
    owners: dict[LegacyKey, LegacyKey] = field(default_factory=dict)  # item → job
    relinked: dict[LegacyKey, str] = field(default_factory=dict)  # job → how
    lost_to: dict[LegacyKey, LegacyKey] = field(default_factory=dict)  # job → an item of another


def link(jobs: Sequence[JobFacts], items: Sequence[ItemFacts]) -> Links:
    linking = _Linking(jobs, items)
    linking.claim("link", linking.by_link)
    linking.claim("path", linking.by_path(linking.free()))
    linking.claim("number", linking.by_number(linking.free()))
    linking.claim("prompt", linking.by_prompt(linking.free()))
    linking.give_outputs()
    return linking.links


class _Linking:
    def __init__(self, jobs: Sequence[JobFacts], items: Sequence[ItemFacts]) -> None:
        self.links = Links()
        self._jobs = [job for job in jobs if job.is_completed]
        self._items = items
        self._item = {item.key: item for item in items}
        self._own: dict[LegacyKey, ItemFacts] = {}  # job → its first item

    def free(self) -> list[ItemFacts]:
        return [item for item in self._items if item.key not in self.links.owners]

    def claim(self, how: str, found: Callable[[JobFacts], ItemFacts | None]) -> None:
        claims: dict[LegacyKey, list[JobFacts]] = defaultdict(list)
        for job in self._jobs:
            if job.key in self._own or job.key in self.links.lost_to:
                continue
            item = found(job)
            if item is not None and item.user_id == job.user_id:
                claims[item.key].append(job)
        for key, claimants in claims.items():
            item = self._item[key]
            nearest = min(claimants, key=lambda job: _distance(job, item))
            self._own[nearest.key] = item
            self.links.owners[key] = nearest.key
            if how != "link":
                self.links.relinked[nearest.key] = how
            self.links.lost_to |= {job.key: key for job in claimants if job is not nearest}

    def by_link(self, job: JobFacts) -> ItemFacts | None:
        return None if job.link is None else self._item.get(LegacyKey(ITEMS, job.link))

    def by_path(self, free: Iterable[ItemFacts]) -> Callable[[JobFacts], ItemFacts | None]:
        known = _first_by(free, _place_of)

        def found(job: JobFacts) -> ItemFacts | None:
            places = ((job.user_id, normal(path)) for path in job.outputs)
            return next((known[place] for place in places if place in known), None)

        return found

    def by_number(self, free: Iterable[ItemFacts]) -> Callable[[JobFacts], ItemFacts | None]:
        def number(item: ItemFacts) -> object:
            named = _NUMBER.search(item.path.rpartition("/")[2])
            return (item.user_id, int(named[1])) if named else None

        known = _first_by(free, number)
        return lambda job: known.get((job.user_id, job.key.id)) if job.key.table == JOBS else None

    def by_prompt(self, free: Iterable[ItemFacts]) -> Callable[[JobFacts], ItemFacts | None]:
        known: dict[object, list[ItemFacts]] = defaultdict(list)
        for item in free:
            if item.prompt:
                known[item.user_id, item.prompt].append(item)

        def found(job: JobFacts) -> ItemFacts | None:
            match = known.get((job.user_id, job.prompt), []) if job.prompt else []
            return match[0] if len(match) == 1 else None

        return found

    def give_outputs(self) -> None:
        """Each path once, to the first job that names it."""
        free = _first_by(self.free(), _place_of)
        owned = [item for item in self._items if item.path and item.key in self.links.owners]
        given = {(item.user_id, normal(item.path)): item.key for item in owned}
        for job in self._jobs:
            item = self._own.get(job.key)
            outputs = [Output(item.key, item.path)] if item else []
            for path in self._further_paths(job):
                place = (job.user_id, normal(path))
                if place in given:
                    continue
                row = free.get(place)
                outputs.append(Output(row.key if row else None, path, job.outputs.index(path)))
                given[place] = row.key if row else job.key
                if row:
                    self.links.owners[row.key] = job.key
            if outputs:
                self.links.outputs[job.key] = outputs
                continue
            places = ((job.user_id, normal(path)) for path in job.outputs)
            if lost_to := next((given[place] for place in places if place in given), None):
                self.links.lost_to.setdefault(job.key, lost_to)

    def _further_paths(self, job: JobFacts) -> Sequence[str]:
        """Without the one that tells of the item that the job has, or lost to another."""
        lost = self.links.lost_to.get(job.key)
        item = self._own.get(job.key) or (self._item[lost] if lost else None)
        if item is None:
            return job.outputs
        told = _told_of(item, job.outputs)
        if told is None and not lost:
            # The first is the item's, whatever its row says: one image is never made two.
            told = next(iter(job.outputs), None)
        return [path for path in job.outputs if path != told]


def _told_of(item: ItemFacts, paths: Sequence[str]) -> str | None:
    """The path that is the item's: the same, or else of the same name in another folder, for a
    whole directory may have moved."""
    if not item.path:
        return None
    wanted = normal(item.path)
    by_path = (path for path in paths if normal(path) == wanted)
    name = wanted.rpartition("/")[2]
    by_name = (path for path in paths if normal(path).rpartition("/")[2] == name)
    return next(by_path, None) or next(by_name, None)


def _place_of(item: ItemFacts) -> tuple[UUID, str] | None:
    return (item.user_id, normal(item.path)) if item.path else None


def _first_by(
    items: Iterable[ItemFacts], place: Callable[[ItemFacts], object]
) -> dict[object, ItemFacts]:
    known: dict[object, ItemFacts] = {}
    for item in items:
        where = place(item)
        if where is not None:
            known.setdefault(where, item)
    return known


def _distance(job: JobFacts, item: ItemFacts) -> tuple[timedelta, LegacyKey]:
    if job.completed_at is None:
        return timedelta.max, job.key
    return abs(job.completed_at - item.created_at), job.key
