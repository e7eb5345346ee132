"""Which of these files nobody will ever need, by what the database says.

A job that is final or gone never gets another item, and a deleted item no other thumbnail: so what
is an orphan once remains one.
"""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from shared.db.tables import ContentItem, Job
from shared.jobs import UNFINISHED
from shared.media import parse_output_key, parse_thumbnail_key


async def of_outputs(session: AsyncSession, keys: Sequence[str]) -> list[str]:
    """Whose job is final or gone, and that no undeleted item names."""
    outputs = {key: output for key in keys if (output := parse_output_key(key))}
    jobs = {output.job_id for output in outputs.values()}
    # Jobs first: a job found final here has its item, if any, in the second answer.
    unfinished = set(
        await session.scalars(select(Job.id).where(Job.id.in_(jobs), Job.status.in_(UNFINISHED)))
    )
    named = set(
        await session.scalars(
            select(ContentItem.storage_key).where(
                ContentItem.storage_key.in_(outputs), ContentItem.deleted_at.is_(None)
            )
        )
    )
    return [
        key
        for key, output in outputs.items()
        if output.job_id not in unfinished and key not in named
    ]


async def of_thumbnails(session: AsyncSession, keys: Sequence[str]) -> list[str]:
    """Whose item is deleted or was never there. One without a row is about to get it."""
    thumbnails = {key: thumbnail for key in keys if (thumbnail := parse_thumbnail_key(key))}
    ids = {thumbnail.content_id for thumbnail in thumbnails.values()}
    kept = set(
        await session.scalars(
            select(ContentItem.id).where(ContentItem.id.in_(ids), ContentItem.deleted_at.is_(None))
        )
    )
    return [key for key, thumbnail in thumbnails.items() if thumbnail.content_id not in kept]


async def of_probes(_session: AsyncSession, keys: Sequence[str]) -> list[str]:
    """All: a probe removes its file itself, unless it is killed."""
    return list(keys)
