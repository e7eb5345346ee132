"""Who is asking: a bearer token or the cookie made from one, and whether our own page sent it.

Headers are any mapping with lower-case names; nothing here knows a web framework.
"""

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from shared.db.tables import ApiToken, User

COOKIE = "darkroom_session"
TOKEN_PREFIX = "dk_"  # noqa: S105 - not a secret: what one begins with
MAX_TOKEN_LENGTH = 200


@dataclass(frozen=True)
class Credential:
    """A token as it came, not yet believed."""

    token: str
    from_cookie: bool


@dataclass(frozen=True)
class Identity:
    user_id: UUID
    user_name: str
    is_admin: bool
    max_unfinished: int
    token_id: UUID


def new_token() -> str:
    return TOKEN_PREFIX + secrets.token_urlsafe(32)


def token_sha256(token: str) -> bytes:
    # 256 random bits need no slow hash.
    return hashlib.sha256(token.encode()).digest()


def credential_in(headers: Mapping[str, str]) -> Credential | None:
    """The bearer token if there is one, else the cookie."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return _credential(token.strip(), from_cookie=False)
    for pair in headers.get("cookie", "").split(";"):
        name, _, value = pair.strip().partition("=")
        if name == COOKIE:
            return _credential(value, from_cookie=True)
    return None


def _credential(token: str, *, from_cookie: bool) -> Credential | None:
    plausible = token.isascii() and 0 < len(token) <= MAX_TOKEN_LENGTH
    return Credential(token, from_cookie) if plausible else None


def same_origin(headers: Mapping[str, str]) -> bool | None:
    """Whether the browser says that a page of our own sent this. None: it says nothing."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = headers.get("origin")
    if origin is not None:
        # The scheme is not compared: a proxy that ends TLS leaves us not knowing our own.
        return origin.partition("://")[2].lower() == headers.get("host", "").lower() != ""
    return None


def may_open_socket(headers: Mapping[str, str]) -> bool:
    """Browsers do not apply CORS to WebSockets, so a foreign page is refused here.

    A program with a bearer token sends neither header and is let in."""
    said = same_origin(headers)
    credential = credential_in(headers)
    if said is None:
        return credential is not None and not credential.from_cookie
    return said


async def identify(session: AsyncSession, headers: Mapping[str, str]) -> Identity | None:
    credential = credential_in(headers)
    return None if credential is None else await identity_of(session, credential.token)


async def identity_of(session: AsyncSession, token: str) -> Identity | None:
    row = (
        await session.execute(
            select(User.id, User.name, User.is_admin, User.max_unfinished, ApiToken.id)
            .join(ApiToken, ApiToken.user_id == User.id)
            .where(ApiToken.token_sha256 == token_sha256(token))
        )
    ).one_or_none()
    return None if row is None else Identity(*row)


async def still_valid(session: AsyncSession, token_ids: Iterable[UUID]) -> set[UUID]:
    """Those of `token_ids` that have not been revoked, in one query."""
    found = await session.scalars(select(ApiToken.id).where(ApiToken.id.in_(list(token_ids))))
    return set(found)
