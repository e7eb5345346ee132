"""What the gateway is made of, and what of it runs beside the requests."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from gateway.accounts.identities import Identities
from gateway.discovery.live_workers import WorkerOffers
from gateway.discovery.readiness import Readiness
from gateway.generation_jobs.final_waiters import FinalWaiters
from gateway.generation_jobs.group_commit import GroupCommit
from gateway.generation_jobs.limits import UnfinishedLimit
from gateway.nudges import Nudges
from gateway.settings import Settings
from gateway.storage_room import StorageRoom
from shared.db.engine import Sessions
from shared.db.positions import Positions
from shared.media import MediaStore
from shared.workflows.workflow import Workflows


@dataclass(frozen=True)
class Parts:
    settings: Settings
    sessions: Sessions
    media: MediaStore
    workflows: Workflows
    identities: Identities
    offers: WorkerOffers
    positions: Positions
    group_commit: GroupCommit
    limit: UnfinishedLimit
    nudges: Nudges
    final_waiters: FinalWaiters
    storage_room: StorageRoom
    readiness: Readiness
    restart_to_use: Callable[[], str | None]


def no_other_comfyui() -> None:
    """Where nobody looks for one."""
    return


def assemble(
    settings: Settings,
    *,
    sessions: Sessions,
    media: MediaStore,
    workflows: Workflows,
    restart_to_use: Callable[[], str | None] = no_other_comfyui,
) -> Parts:
    """`restart_to_use`: the ComfyUI that has appeared since the simulator was chosen."""
    return Parts(
        settings=settings,
        sessions=sessions,
        media=media,
        workflows=workflows,
        identities=Identities(sessions, seconds=settings.identity_seconds),
        offers=WorkerOffers(sessions),
        positions=Positions(sessions),
        group_commit=GroupCommit(sessions),
        limit=UnfinishedLimit(sessions),
        nudges=Nudges(sessions),
        final_waiters=FinalWaiters(sessions, poll_seconds=settings.final_poll_seconds),
        storage_room=StorageRoom(media, min_free=settings.media_min_free),
        readiness=Readiness(sessions, media, notifier_url=settings.notifier_url),
        restart_to_use=restart_to_use,
    )


@asynccontextmanager
async def running(parts: Parts) -> AsyncIterator[None]:
    """No request can be answered without it. A bug in one of these ends the caller."""
    async with asyncio.TaskGroup() as tasks:
        beside = [
            tasks.create_task(parts.group_commit.run()),
            tasks.create_task(parts.nudges.run()),
            tasks.create_task(parts.final_waiters.run()),
        ]
        yield
        for task in beside:
            task.cancel()
