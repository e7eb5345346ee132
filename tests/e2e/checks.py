"""What must be true at the end, whatever was killed meanwhile."""

import hashlib
from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import func, select

from shared.db.engine import Sessions, transaction
from shared.db.tables import ContentItem, DeadLetter, Job, JobEvent
from shared.media import MediaStore


async def each_is_completed_once(
    sessions: Sessions, media: MediaStore, job_ids: Iterable[str]
) -> None:
    """Completed, one ContentItem, a file whose hash is right, versions without a gap."""
    wanted = {UUID(job_id) for job_id in job_ids}
    async with transaction(sessions) as session:
        jobs = (await session.scalars(select(Job).where(Job.id.in_(wanted)))).all()
        items = (
            await session.scalars(select(ContentItem).where(ContentItem.job_id.in_(wanted)))
        ).all()
        events = await session.execute(
            select(JobEvent.job_id, func.array_agg(JobEvent.version)).group_by(JobEvent.job_id)
        )
        versions = {job_id: sorted(found) for job_id, found in events}
    assert {job.id: job.status for job in jobs} == dict.fromkeys(wanted, "completed")
    assert sorted(item.job_id for item in items if item.job_id) == sorted(wanted)
    for job in jobs:
        assert versions[job.id] == list(range(1, job.version + 1))
    for item in items:
        data = await media.get(item.storage_key)
        assert hashlib.sha256(data).hexdigest() == item.sha256


async def nothing_died(sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        letters = (await session.scalars(select(DeadLetter))).all()
    assert [(letter.queue, letter.reason, letter.body) for letter in letters] == []
