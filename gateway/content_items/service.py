"""What a user can do with content. Files are swept by the content service, later."""

from uuid import UUID

from sqlalchemy import func

from gateway.content_items import queries
from gateway.content_items.schemas import ContentChange, ContentDetail, ContentQuery
from gateway.pages import Page, page_of
from gateway.parts import Parts
from shared.db import outbox
from shared.db.engine import transaction
from shared.db.views import content_view
from shared.errors import NotFound
from shared.messages import ContentDeleted, ContentUpdated
from shared.views import ContentView


def no_such_item(content_id: int) -> NotFound:
    return NotFound(f"you have no content item {content_id}")


async def list_items(parts: Parts, user_id: UUID, query: ContentQuery) -> Page[ContentView]:
    async with transaction(parts.sessions) as session:
        items = await queries.list_items(session, user_id, query)
    return page_of([content_view(item) for item in items], [item.id for item in items], query)


async def read_item(parts: Parts, content_id: int, user_id: UUID) -> ContentDetail:
    async with transaction(parts.sessions) as session:
        item = await queries.find_item(session, content_id, user_id)
        newer, older = await queries.neighbours(session, content_id, user_id)
    if item is None:
        raise no_such_item(content_id)
    view = content_view(item).model_dump()
    return ContentDetail(**view, previous_id=newer, next_id=older)


async def change_item(
    parts: Parts, content_id: int, user_id: UUID, wanted: ContentChange, *, trace_id: str
) -> ContentView:
    changes = wanted.model_dump(include=wanted.model_fields_set)
    if "tags" in changes:
        changes["tags"] = list(dict.fromkeys(changes["tags"]))
    async with transaction(parts.sessions) as session:
        if changes:
            item = await queries.change_item(session, content_id, user_id, changes)
        else:
            item = await queries.find_item(session, content_id, user_id)
        if item is None:
            raise no_such_item(content_id)
        view = content_view(item)
        if changes:
            await outbox.announce(
                session, ContentUpdated(user_id=user_id, content=view, trace_id=trace_id)
            )
    if changes:
        parts.nudges.nudge()
    return view


async def delete_item(parts: Parts, content_id: int, user_id: UUID, *, trace_id: str) -> None:
    async with transaction(parts.sessions) as session:
        deletion = {"deleted_at": func.now()}
        item = await queries.change_item(session, content_id, user_id, deletion)
        if item is None:
            raise no_such_item(content_id)
        await outbox.announce(
            session,
            ContentDeleted(
                user_id=user_id, content_id=item.id, version=item.version, trace_id=trace_id
            ),
        )
    parts.nudges.nudge()
