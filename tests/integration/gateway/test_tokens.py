"""shared/db/tokens.py and shared/auth.py on real rows; the rows of tests/factories.py."""

import asyncio

import pytest
from sqlalchemy import func, select

from shared.auth import identify, identity_of, still_valid
from shared.db.engine import Sessions
from shared.db.tables import ApiToken, ContentItem, JobEvent, User
from shared.db.tokens import create_token, list_tokens, note_use, revoke_token, user_named
from shared.jobs import JobStatus
from tests.factories import make_job, make_token, make_user, make_worker


async def test_the_first_user_is_the_admin_and_of_many_at_once_only_one(
    sessions: Sessions,
) -> None:
    async def introduce(name: str) -> User:
        async with sessions.begin() as session:
            return await user_named(session, name)

    users = await asyncio.gather(*(introduce(name) for name in ("ada", "bob", "cy", "ada")))

    assert sum(user.is_admin for user in {user.id: user for user in users}.values()) == 1
    assert users[0].id == users[3].id


async def test_a_token_is_found_by_its_hash_until_it_is_revoked(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        user = await user_named(session, "ada")
        made = await create_token(session, user_id=user.id, name="laptop")

    async with sessions.begin() as session:
        identity = await identify(session, {"authorization": f"Bearer {made.token}"})
        assert identity is not None
        assert (identity.user_id, identity.token_id) == (user.id, made.row.id)
        assert [token.name for token in await list_tokens(session, user_id=user.id)] == ["laptop"]
        assert made.token.encode() not in made.row.token_sha256

    async with sessions.begin() as session:
        assert await revoke_token(session, made.row.id, user_id=user.id)
        assert await identity_of(session, made.token) is None
        assert not await revoke_token(session, made.row.id, user_id=user.id)


async def test_nobody_revokes_the_token_of_another(sessions: Sessions) -> None:
    token, stranger = await make_token(sessions), await make_user(sessions)

    async with sessions.begin() as session:
        assert not await revoke_token(session, token.id, user_id=stranger.id)
        assert await still_valid(session, [token.id, stranger.id]) == {token.id}


async def test_use_is_noted_at_most_once_a_minute(sessions: Sessions) -> None:
    token = await make_token(sessions)
    used = select(ApiToken.last_used_at).where(ApiToken.id == token.id)

    async with sessions.begin() as session:
        await note_use(session, token.id)
        first = await session.scalar(used)
    async with sessions.begin() as session:
        await note_use(session, token.id)
        assert await session.scalar(used) == first is not None


@pytest.mark.parametrize("status", list(JobStatus))
async def test_the_factory_makes_a_valid_job_of_every_status(
    sessions: Sessions, status: JobStatus
) -> None:
    job = await make_job(sessions, status=status)
    await make_worker(sessions)

    async with sessions() as session:
        events = await session.scalar(
            select(func.count()).select_from(JobEvent).where(JobEvent.job_id == job.id)
        )
        items = await session.scalar(
            select(func.count()).select_from(ContentItem).where(ContentItem.job_id == job.id)
        )
    assert events == job.version
    assert items == (1 if status == JobStatus.COMPLETED else 0)
