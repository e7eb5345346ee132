"""A second look at all rows, whole this time: batch by batch they become plans."""

from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Iterable, Mapping

from deploy.legacy_import import content, jobs, requests
from deploy.legacy_import.content import LegacyItem
from deploy.legacy_import.index import Index
from deploy.legacy_import.jobs import LegacyJob, joined_rows
from deploy.legacy_import.queries import select_whole
from deploy.legacy_import.schema import JOBS, REQUESTS
from deploy.legacy_import.source import ROWS_AT_ONCE, Source
from deploy.legacy_import.tags import SELECT_OF, SOURCES, tags_of
from deploy.legacy_import.units import Mapper, Marks, Plan
from shared.db.imported import LegacyKey


class Reader:
    def __init__(self, source: Source, index: Index, mapper: Mapper) -> None:
        self._source = source
        self._index = index
        self._mapper = mapper
        self._request_of = index.request_of()

    async def plans(self) -> AsyncIterator[list[Plan]]:
        """One list for each batch that was read; first the jobs, then what no job made."""
        async for found in self._read_jobs(JOBS):
            yield await self._of_jobs(await self._joined(found))
        if self._source.has(REQUESTS):
            async for found in self._read_jobs(REQUESTS):
                yield await self._of_jobs(
                    [one for one in found if one.key not in self._index.merged]
                )
        orphans = self._index.orphans
        for start in range(0, len(orphans), ROWS_AT_ONCE):
            keys = orphans[start : start + ROWS_AT_ONCE]
            marks = await self._marks(keys)
            yield [self._mapper.item(marks.items[key], marks) for key in keys]

    async def _read_jobs(self, table: str) -> AsyncIterator[list[LegacyJob]]:
        parse = jobs.job_of if table == JOBS else requests.request_of
        query = f"{select_whole(self._source.schema, table)} ORDER BY id"
        async for rows in self._source.batches(query):
            found = [parse(row) for row in rows]
            yield [one for one in found if one.user_id in self._mapper.users]

    async def _joined(self, found: list[LegacyJob]) -> list[LegacyJob]:
        """With what the requests say that tell of the same prompt."""
        wanted = [self._request_of[one.key] for one in found if one.key in self._request_of]
        if not wanted:
            return found
        query = f"{select_whole(self._source.schema, REQUESTS)} WHERE id = ANY($1)"
        rows = await self._source.fetch(query, [key.id for key in wanted])
        parsed = {one.key: one for one in map(requests.request_of, rows)}
        return [
            joined_rows(one, parsed[self._request_of[one.key]])
            if one.key in self._request_of
            else one
            for one in found
        ]

    async def _of_jobs(self, found: Iterable[LegacyJob]) -> list[Plan]:
        links = self._index.links
        given = [(one, links.outputs.get(one.key, [])) for one in found]
        keys = [output.item for _, outputs in given for output in outputs if output.item]
        marks = await self._marks(keys)
        return [
            plan
            for one, outputs in given
            for plan in self._mapper.job(one, outputs, marks, lost_to=links.lost_to.get(one.key))
        ]

    async def _items(self, keys: Collection[LegacyKey]) -> dict[LegacyKey, LegacyItem]:
        found: dict[LegacyKey, LegacyItem] = {}
        for table, ids in _by_table(keys).items():
            query = f"{select_whole(self._source.schema, table)} WHERE id = ANY($1)"
            for row in await self._source.fetch(query, ids):
                item = content.item_of(row, table=table)
                found[item.key] = item
        return found

    async def _marks(self, keys: Collection[LegacyKey]) -> Marks:
        tags: dict[LegacyKey, list[str]] = {}
        if self._source.schema.has_tag_tables:
            for table, ids in _by_table(keys).items():
                rows = await self._source.fetch(SELECT_OF, list(SOURCES[table]), ids)
                tags |= tags_of(rows, table)
        favorites = frozenset(self._index.favorites.intersection(keys))
        return Marks(await self._items(keys), tags, favorites)


def _by_table(keys: Iterable[LegacyKey]) -> Mapping[str, list[int]]:
    ids: dict[str, list[int]] = defaultdict(list)
    for key in keys:
        ids[key.table].append(key.id)
    return ids
