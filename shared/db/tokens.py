"""Users and their tokens. The first made here is the admin. Of a token only its hash is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, exists, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from uuid_utils.compat import uuid7

from shared.auth import new_token, token_sha256
from shared.db.tables import ApiToken, User

# Two first users at once would both be the admin.
_USERS_LOCK = 7_244_000_002


@dataclass(frozen=True)
class NewToken:
    token: str  # the only time that anybody sees it
    row: ApiToken


async def user_named(session: AsyncSession, name: str) -> User:
    """The user of that name, made if there is none."""
    wanted = select(User).where(User.name == name)
    if (known := await session.scalar(wanted)) is not None:
        return known
    await session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _USERS_LOCK})
    # Those who were imported came without anybody's doing: they are not the first.
    is_first = await session.scalar(
        select(~exists(select(User.id).where(User.legacy_id.is_(None))))
    )
    await session.execute(
        insert(User)
        .values(id=uuid7(), name=name, is_admin=is_first)
        .on_conflict_do_nothing(index_elements=["name"])
    )
    return (await session.scalars(wanted)).one()


async def create_token(session: AsyncSession, *, user_id: UUID, name: str) -> NewToken:
    token = new_token()
    row = ApiToken(id=uuid7(), user_id=user_id, name=name, token_sha256=token_sha256(token))
    session.add(row)
    await session.flush()
    return NewToken(token, row)


async def kept_or_new_token(
    session: AsyncSession, kept: str | None, *, user: str, name: str
) -> str:
    """`kept`, if it still lets somebody in; one that was revoked, or belongs to another database,
    is replaced."""
    if kept is not None:
        known = select(ApiToken.id).where(ApiToken.token_sha256 == token_sha256(kept))
        if await session.scalar(known) is not None:
            return kept
    owner = await user_named(session, user)
    return (await create_token(session, user_id=owner.id, name=name)).token


async def list_tokens(session: AsyncSession, *, user_id: UUID) -> Sequence[ApiToken]:
    """Newest first."""
    found = await session.scalars(
        select(ApiToken).where(ApiToken.user_id == user_id).order_by(ApiToken.id.desc())
    )
    return found.all()


async def list_users(session: AsyncSession) -> Sequence[User]:
    return (await session.scalars(select(User).order_by(User.created_at))).all()


async def revoke_token(session: AsyncSession, token_id: UUID, *, user_id: UUID) -> bool:
    """False: this user has no such token."""
    revoked = await session.scalar(
        delete(ApiToken)
        .where(ApiToken.id == token_id, ApiToken.user_id == user_id)
        .returning(ApiToken.id)
    )
    return revoked is not None


async def note_use(session: AsyncSession, token_id: UUID) -> None:
    """Write `last_used_at`, at most once a minute."""
    await session.execute(
        text(
            "UPDATE api_tokens SET last_used_at = now() WHERE id = :id"
            " AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')"
        ),
        {"id": token_id},
    )
