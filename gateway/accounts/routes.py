"""HTTP for signing in and for tokens."""

from typing import Annotated
from uuid import UUID

import structlog
from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from gateway import page
from gateway.accounts.schemas import (
    MeView,
    NewTokenView,
    SessionRequest,
    TokenRequest,
    TokenView,
)
from gateway.dependencies import Asker, AskingUser, PartsDep, refuse_foreign_page
from gateway.errors import CrossSite
from gateway.generation_jobs.queries import count_unfinished
from gateway.input import StrictRoute
from gateway.pages import Page, answer
from gateway.parts import Parts
from shared.auth import COOKIE, MAX_TOKEN_LENGTH, credential_in, same_origin
from shared.db import tokens
from shared.db.engine import transaction
from shared.db.quick import quick
from shared.errors import NotFound, Unauthorized

log = structlog.get_logger()

COOKIE_SECONDS = 180 * 24 * 3600

router = APIRouter(tags=["accounts"], route_class=StrictRoute)


@router.get("/login", status_code=303, response_class=RedirectResponse)
async def sign_in_by_link(
    request: Request,
    parts: PartsDep,
    token: Annotated[str | None, Query(max_length=MAX_TOKEN_LENGTH)] = None,
) -> Response:
    """The link that Darkroom prints when it starts; without a token, the page asks for one."""
    if token is None:
        return page.send(request)
    try:
        await _refuse_unknown(parts, token)
    except Unauthorized:
        if not page.wants_page(request):
            raise
        return RedirectResponse("/login#refused", status_code=303)
    return _with_cookie(RedirectResponse("/", status_code=303), token, request)


@router.post("/api/v1/session", status_code=204)
async def sign_in(request: Request, parts: PartsDep, wanted: SessionRequest) -> Response:
    if same_origin(request.headers) is False:
        raise CrossSite("only Darkroom's own page may sign in")
    await _refuse_unknown(parts, wanted.token)
    return _with_cookie(Response(status_code=204), wanted.token, request)


@router.delete("/api/v1/session", status_code=204)
async def sign_out(request: Request) -> Response:
    """Forgets the cookie; the token it was made from stays good."""
    credential = credential_in(request.headers)
    if credential is not None and credential.from_cookie:
        refuse_foreign_page(request)
    response = Response(status_code=204)
    response.delete_cookie(COOKIE, httponly=True, samesite="lax")
    return response


async def _refuse_unknown(parts: Parts, token: str) -> None:
    if not token.isascii() or await parts.identities.of(token) is None:
        raise Unauthorized("this token is not known; it may have been revoked")


def _with_cookie(response: Response, token: str, request: Request) -> Response:
    response.set_cookie(
        COOKIE,
        token,
        max_age=COOKIE_SECONDS,
        httponly=True,
        samesite="lax",
        secure="https" in (request.url.scheme, request.headers.get("x-forwarded-proto")),
    )
    response.headers["Cache-Control"] = "no-store"
    return response


@router.get("/api/v1/me", response_model=MeView)
async def read_me(asker: Asker, parts: PartsDep) -> Response:
    async with quick(parts.sessions) as database:
        unfinished = await count_unfinished(database, asker.user_id, at_most=asker.max_unfinished)
    return answer(
        MeView(
            id=asker.user_id,
            name=asker.user_name,
            is_admin=asker.is_admin,
            max_unfinished=asker.max_unfinished,
            unfinished=unfinished,
        )
    )


@router.get("/api/v1/tokens", response_model=Page[TokenView])
async def list_tokens(asker: Asker, parts: PartsDep) -> Response:
    async with transaction(parts.sessions) as session:
        rows = await tokens.list_tokens(session, user_id=asker.user_id)
    views = [
        TokenView(
            id=row.id,
            name=row.name,
            created_at=row.created_at,
            last_used_at=row.last_used_at,
            is_current=row.id == asker.token_id,
        )
        for row in rows
    ]
    return answer(Page(items=views))


@router.post("/api/v1/tokens", status_code=201, response_model=NewTokenView)
async def create_token(user_id: AskingUser, parts: PartsDep, wanted: TokenRequest) -> Response:
    async with transaction(parts.sessions) as session:
        made = await tokens.create_token(session, user_id=user_id, name=wanted.name)
    log.info("token.created", token_id=str(made.row.id))
    view = NewTokenView(
        id=made.row.id, name=made.row.name, created_at=made.row.created_at, token=made.token
    )
    return answer(view, status=201, headers={"Cache-Control": "no-store"})


@router.delete("/api/v1/tokens/{token_id}", status_code=204)
async def revoke_token(token_id: UUID, user_id: AskingUser, parts: PartsDep) -> None:
    async with transaction(parts.sessions) as session:
        if not await tokens.revoke_token(session, token_id, user_id=user_id):
            raise NotFound(f"you have no token {token_id}")
    parts.identities.forget()
    log.info("token.revoked", token_id=str(token_id))
