"""SQL for content. Deleted items are as if they had never been."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.content_items.schemas import ContentQuery
from gateway.pages import number_in
from shared.db.tables import ContentItem, ContentThumbnail


def _own(user_id: UUID) -> Select[ContentItem]:
    return select(ContentItem).where(
        ContentItem.user_id == user_id, ContentItem.deleted_at.is_(None)
    )


async def find_item(session: AsyncSession, content_id: int, user_id: UUID) -> ContentItem | None:
    return await session.scalar(_own(user_id).where(ContentItem.id == content_id))


async def find_thumbnail(
    session: AsyncSession, content_id: int, size: str
) -> ContentThumbnail | None:
    return await session.get(ContentThumbnail, (content_id, size))


async def neighbours(
    session: AsyncSession, content_id: int, user_id: UUID
) -> tuple[int | None, int | None]:
    """The next newer and the next older item."""
    ids = _own(user_id).with_only_columns(ContentItem.id).limit(1)
    newer = ids.where(ContentItem.id > content_id).order_by(ContentItem.id)
    older = ids.where(ContentItem.id < content_id).order_by(ContentItem.id.desc())
    return await session.scalar(newer), await session.scalar(older)


async def list_items(
    session: AsyncSession, user_id: UUID, query: ContentQuery
) -> Sequence[ContentItem]:
    """Newest first; one more than asked for where there are more."""
    wanted = _filtered(_own(user_id), query)
    before = number_in(query.cursor, query.scope())
    if before is not None:
        wanted = wanted.where(ContentItem.id < before)
    rows = await session.scalars(wanted.order_by(ContentItem.id.desc()).limit(query.limit + 1))
    return rows.all()


def _filtered(wanted: Select[ContentItem], query: ContentQuery) -> Select[ContentItem]:
    if query.q:
        words = func.websearch_to_tsquery("simple", query.q)
        wanted = wanted.where(ContentItem.search.op("@@")(words))
    if query.tag:
        wanted = wanted.where(ContentItem.tags.contains(query.tag))
    if query.favorite is not None:
        wanted = wanted.where(ContentItem.is_favorite == query.favorite)
    if query.job_type:
        wanted = wanted.where(ContentItem.content_type == query.job_type)
    if query.checkpoint:
        wanted = wanted.where(ContentItem.params["checkpoint"].astext == query.checkpoint)
    if query.created_after:
        wanted = wanted.where(ContentItem.created_at > query.created_after)
    if query.created_before:
        wanted = wanted.where(ContentItem.created_at < query.created_before)
    return wanted


async def change_item(
    session: AsyncSession, content_id: int, user_id: UUID, changes: Mapping[str, Any]
) -> ContentItem | None:
    return await session.scalar(
        update(ContentItem)
        .where(
            ContentItem.id == content_id,
            ContentItem.user_id == user_id,
            ContentItem.deleted_at.is_(None),
        )
        .values(**changes, version=ContentItem.version + 1)
        .returning(ContentItem)
    )
