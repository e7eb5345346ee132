"""What a route may ask for."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from starlette.requests import HTTPConnection

from gateway.errors import AdminOnly, CrossSite
from gateway.parts import Parts
from shared.auth import Identity, credential_in, same_origin
from shared.errors import Unauthorized

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


async def parts_of(connection: HTTPConnection) -> Parts:
    parts: Parts = connection.app.state.parts
    return parts


async def trace_id_of(request: Request) -> str:
    trace_id: str = request.scope["trace_id"]
    return trace_id


PartsDep = Annotated[Parts, Depends(parts_of)]
TraceId = Annotated[str, Depends(trace_id_of)]


async def asker(request: Request) -> Identity:
    """Raises Unauthorized, CrossSite."""
    # Not asked for as dependencies: each costs every request a tenth of what FastAPI takes.
    parts = await parts_of(request)
    credential = credential_in(request.headers)
    if credential is None:
        raise Unauthorized("say who you are: Authorization: Bearer <token>, or sign in")
    identity = await parts.identities.of(credential.token)
    if identity is None:
        raise Unauthorized("this token is not known; it may have been revoked")
    if credential.from_cookie and request.method not in SAFE_METHODS:
        refuse_foreign_page(request)
    return identity


def refuse_foreign_page(request: Request) -> None:
    """A browser sends the cookie along with what any other page made it send."""
    if same_origin(request.headers) is not True:
        raise CrossSite("with the cookie, only Darkroom's own page may do this; use a bearer token")


async def admin(identity: Annotated[Identity, Depends(asker)]) -> Identity:
    if not identity.is_admin:
        raise AdminOnly("only an admin may do this")
    return identity


Asker = Annotated[Identity, Depends(asker)]
Admin = Annotated[Identity, Depends(admin)]


async def asking_user(identity: Asker) -> UUID:
    return identity.user_id


AskingUser = Annotated[UUID, Depends(asking_user)]
