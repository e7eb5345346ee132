"""Lists page by an opaque cursor: the last place that was shown, bound to the filters it is for."""

import base64
import binascii
import hashlib
from collections.abc import Sequence
from typing import Annotated, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel, Field
from starlette.responses import Response

from gateway.input import Digits, Query
from shared.errors import Invalid

Item = TypeVar("Item", bound=BaseModel)

_SEAL_BYTES = 8


class NotACursor(Invalid):
    code = "not_a_cursor"


class Page(BaseModel, Generic[Item]):
    items: list[Item]
    next_cursor: str | None = None


class PageQuery(Query):
    limit: Annotated[int, Digits, Field(ge=1, le=200)] = 50
    cursor: str | None = Field(default=None, max_length=200)

    def scope(self) -> str:
        """The filters alone: a cursor is good for them and for no others."""
        return self.model_dump_json(exclude={"limit", "cursor"})


def cursor_after(last_id: UUID | int, scope: str) -> str:
    place = last_id.bytes if isinstance(last_id, UUID) else last_id.to_bytes(8, "big")
    return base64.urlsafe_b64encode(_seal(place, scope) + place).rstrip(b"=").decode()


def uuid_in(cursor: str | None, scope: str) -> UUID | None:
    return None if cursor is None else UUID(bytes=_place_in(cursor, scope, length=16))


def number_in(cursor: str | None, scope: str) -> int | None:
    return None if cursor is None else int.from_bytes(_place_in(cursor, scope, length=8), "big")


def _place_in(cursor: str, scope: str, *, length: int) -> bytes:
    """Raises NotACursor."""
    try:
        sealed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotACursor("this is not a cursor that a list has given") from error
    seal, place = sealed[:_SEAL_BYTES], sealed[_SEAL_BYTES:]
    if len(place) != length or seal != _seal(place, scope):
        raise NotACursor("this cursor is not one that this list, with these filters, has given")
    return place


def _seal(place: bytes, scope: str) -> bytes:
    # Against mistakes, not against forgers: whatever it says, one only ever reads one's own rows.
    return hashlib.blake2b(place + scope.encode(), digest_size=_SEAL_BYTES).digest()


def page_of(views: Sequence[Item], ids: Sequence[UUID | int], query: PageQuery) -> Page[Item]:
    """`views` are one more than asked for where there are more."""
    has_more = len(views) > query.limit
    cursor = cursor_after(ids[query.limit - 1], query.scope()) if has_more else None
    return Page(items=list(views[: query.limit]), next_cursor=cursor)


def answer(
    view: BaseModel, *, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    """Serialised once; a FastAPI `response_model` would validate what is valid already."""
    return Response(
        view.model_dump_json(), status_code=status, headers=headers, media_type="application/json"
    )
