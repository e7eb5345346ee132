"""HTTP for content: the gallery, and the bytes of its images."""

from typing import Annotated

import structlog
from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from gateway.content_items import queries, service
from gateway.content_items.files import EXTENSIONS, File, FileMissing, send_file
from gateway.content_items.schemas import (
    ContentChange,
    ContentDetail,
    ContentQuery,
    ThumbnailSize,
)
from gateway.dependencies import AskingUser, PartsDep, TraceId
from gateway.input import RowId, StrictRoute
from gateway.pages import Page, answer
from shared.db.engine import transaction
from shared.views import ContentView, image_url

log = structlog.get_logger()

router = APIRouter(prefix="/api/v1/content-items", tags=["content items"], route_class=StrictRoute)


@router.get("", response_model=Page[ContentView])
async def list_items(
    query: Annotated[ContentQuery, Query()], user_id: AskingUser, parts: PartsDep
) -> Response:
    return answer(await service.list_items(parts, user_id, query))


@router.get("/{content_id}", response_model=ContentDetail)
async def read_item(content_id: RowId, user_id: AskingUser, parts: PartsDep) -> Response:
    return answer(await service.read_item(parts, content_id, user_id))


@router.patch("/{content_id}", response_model=ContentView)
async def change_item(
    content_id: RowId,
    wanted: ContentChange,
    user_id: AskingUser,
    parts: PartsDep,
    trace_id: TraceId,
) -> Response:
    return answer(await service.change_item(parts, content_id, user_id, wanted, trace_id=trace_id))


@router.delete("/{content_id}", status_code=204)
async def delete_item(
    content_id: RowId, user_id: AskingUser, parts: PartsDep, trace_id: TraceId
) -> None:
    await service.delete_item(parts, content_id, user_id, trace_id=trace_id)
    log.info("content.deleted", content_id=content_id)


@router.get("/{content_id}/image", response_class=Response)
async def read_image(
    request: Request,
    content_id: RowId,
    user_id: AskingUser,
    parts: PartsDep,
    download: bool = False,
) -> Response:
    """The original bytes."""
    async with transaction(parts.sessions) as session:
        item = await queries.find_item(session, content_id, user_id)
    if item is None:
        raise service.no_such_item(content_id)
    if item.file_missing:
        raise FileMissing("the file of this item is missing from the media store")
    file = File(
        key=item.storage_key,
        mime_type=item.mime_type,
        entity_tag=item.sha256,
        name=f"darkroom-{item.id}.{EXTENSIONS.get(item.mime_type, 'bin')}",
        as_attachment=download,
    )
    return await send_file(parts.media, file, request.headers)


@router.get("/{content_id}/thumbnail/{size}", response_class=Response)
async def read_thumbnail(
    request: Request,
    content_id: RowId,
    size: ThumbnailSize,
    user_id: AskingUser,
    parts: PartsDep,
) -> Response:
    """WebP; until it is made, a redirect to the original."""
    async with transaction(parts.sessions) as session:
        item = await queries.find_item(session, content_id, user_id)
        if item is None:
            raise service.no_such_item(content_id)
        thumbnail = await queries.find_thumbnail(session, content_id, size)
    if item.file_missing and thumbnail is None:
        raise FileMissing("the file of this item is missing from the media store")
    original = RedirectResponse(
        image_url(item.id, item.sha256), status_code=307, headers={"Cache-Control": "no-store"}
    )
    if thumbnail is None:
        return original
    file = File(
        key=thumbnail.storage_key,
        mime_type="image/webp",
        entity_tag=f"{item.sha256}-{size}",
        name=f"darkroom-{item.id}-{size}.webp",
    )
    try:
        return await send_file(parts.media, file, request.headers)
    except FileMissing:
        return original
