"""What people are shown of rows."""

from shared.db.engine import Sessions, transaction
from shared.db.tables import ContentItem
from shared.db.views import content_view, job_view, select_jobs
from shared.jobs import JobStatus
from tests.factories import make_content, make_job

BEYOND_JAVASCRIPT = 2**53


async def test_a_seed_that_javascript_cannot_hold_is_told_as_a_string(sessions: Sessions) -> None:
    params = {"workflow": "solid_color", "seed": BEYOND_JAVASCRIPT}
    await make_job(sessions, params=params)
    item = await make_content(sessions, params=params)
    async with transaction(sessions) as session:
        job = (await session.execute(select_jobs())).one()
        assert job_view(job).params["seed"] == str(BEYOND_JAVASCRIPT)
        shown = content_view(await session.get_one(ContentItem, item.id))
        assert shown.params["seed"] == str(BEYOND_JAVASCRIPT)


async def test_a_job_whose_file_is_missing_has_no_image_address(sessions: Sessions) -> None:
    item = await make_content(sessions, file_missing=True)
    await make_job(sessions, status=JobStatus.COMPLETED, content_id=item.id, user_id=item.user_id)
    async with transaction(sessions) as session:
        shown = job_view((await session.execute(select_jobs())).one())
    assert (shown.content_id, shown.image_url, shown.thumbnail_url) == (item.id, None, None)
