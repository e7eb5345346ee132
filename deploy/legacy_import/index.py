"""A first look at all rows: a few facts of each, which say which job made which content."""

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass, field
from uuid import UUID

from deploy.legacy_import import content, jobs, requests
from deploy.legacy_import.bookmarks import bookmarked, select_all
from deploy.legacy_import.jobs import JobIndex, joined
from deploy.legacy_import.links import ItemFacts, JobFacts, Links, link
from deploy.legacy_import.report import Named, Report
from deploy.legacy_import.schema import (
    BOOKMARKS,
    CONTENT_TABLES,
    CONTENT_TAGS,
    ITEMS,
    ITEMS_AUTO,
    JOBS,
    REQUESTS,
)
from deploy.legacy_import.source import Source
from deploy.legacy_import.tags import SELECT_LINKS, unusable_link
from deploy.legacy_import.values import LARGEST_SAFE_ID
from shared.db.imported import LegacyKey

NO_USER = "its user is not in the legacy database"


@dataclass(slots=True)
class Index:
    links: Links = field(default_factory=Links)
    merged: dict[LegacyKey, LegacyKey] = field(default_factory=dict)  # request → job
    orphans: list[LegacyKey] = field(default_factory=list)  # content that no job made
    favorites: set[LegacyKey] = field(default_factory=set)
    highest_id: int = 0  # of content
    twice: set[int] = field(default_factory=set)  # numbers that both content tables have

    def request_of(self) -> dict[LegacyKey, LegacyKey]:
        return {job: request for request, job in self.merged.items()}


async def index_of(source: Source, users: Collection[UUID], report: Report) -> Index:
    index = Index()
    items = [item async for item in _items(source, users, report)]
    facts = await _jobs(source, users, report, index)
    index.links = link(facts, items)
    report.relinked.update(index.links.relinked.values())
    index.orphans = [item.key for item in items if item.key not in index.links.owners]
    ids = [item.key.id for item in items if item.key.id <= LARGEST_SAFE_ID]
    index.highest_id = max(ids, default=0)
    regular = {item.key.id for item in items if item.key.table == ITEMS}
    index.twice = regular & {item.key.id for item in items if item.key.table == ITEMS_AUTO}
    await _marks(source, items, report, index)
    return index


async def _items(
    source: Source, users: Collection[UUID], report: Report
) -> AsyncIterator[ItemFacts]:
    for table in CONTENT_TABLES:
        async for rows in source.batches(content.select_index(source.schema, table)):
            for row in rows:
                facts = content.index_of(row, table=table)
                report.items.read += 1
                if facts.user_id in users:
                    yield facts
                else:
                    report.refuse(report.items, facts.key, NO_USER)


async def _jobs(
    source: Source, users: Collection[UUID], report: Report, index: Index
) -> list[JobFacts]:
    """With what a request's own row adds to a job that tells of the same prompt."""
    found: dict[LegacyKey, JobFacts] = {}
    by_prompt_id: dict[tuple[UUID, str], LegacyKey] = {}
    async for one in _indexes(source, users, report):
        prompt_id = (one.facts.user_id, one.prompt_id) if one.prompt_id else None
        key = one.facts.key
        if key.table == REQUESTS and prompt_id in by_prompt_id:
            job = by_prompt_id.pop(prompt_id)
            index.merged[key] = job
            found[job] = joined(found[job], one.facts)
            report.jobs.merged += 1
            continue
        if key.table == JOBS and prompt_id is not None:
            by_prompt_id.setdefault(prompt_id, key)
        found[key] = one.facts
    return list(found.values())


async def _indexes(
    source: Source, users: Collection[UUID], report: Report
) -> AsyncIterator[JobIndex]:
    """Jobs before requests."""
    nouns = (jobs, requests) if source.has(REQUESTS) else (jobs,)
    for noun in nouns:
        async for rows in source.batches(noun.select_index(source.schema)):
            for row in rows:
                one = noun.index_of(row)
                report.jobs.read += 1
                if one.facts.user_id in users:
                    yield one
                else:
                    report.refuse(report.jobs, one.facts.key, NO_USER)


async def _marks(source: Source, items: list[ItemFacts], report: Report, index: Index) -> None:
    owners = {item.key: item.user_id for item in items}
    if source.has(BOOKMARKS):
        async for rows in source.batches(select_all(source.schema)):
            for row in rows:
                marked = bookmarked(row, owners)
                if isinstance(marked, LegacyKey):
                    index.favorites.add(marked)
                elif not row["is_deleted"]:
                    report.left_out.append(Named(BOOKMARKS, row["content_id"], marked))
    if source.schema.has_tag_tables:
        async for rows in source.batches(SELECT_LINKS):
            report.left_out += [
                Named(CONTENT_TAGS, row["content_id"], why)
                for row in rows
                if (why := unusable_link(row, owners))
            ]
