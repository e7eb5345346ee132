"""From a worker's output to the browser and to the sweeper, with the images in a bucket."""

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from gateway.parts import assemble
from gateway.settings import Settings
from services.content.sweep import Sweeper
from services.content.thumbnails import make_thumbnails
from shared.db.engine import Sessions
from shared.jobs import JobStatus
from shared.media import MediaStore, open_media
from shared.workflows.load import load_workflows
from tests.factories import make_job, make_token
from tests.infrastructure.bucket import SECRET_KEY
from tests.integration.content.one_service import Content
from tests.integration.content.outputs import stored_output
from tests.integration.gateway.running_gateway import gateway_client
from tests.unit.content.pictures import picture


@pytest.fixture
def media(bucket_url: str) -> MediaStore:
    return open_media(bucket_url)


async def keys(media: MediaStore) -> list[str]:
    return sorted(
        [info.key for prefix in ("jobs", "thumbnails") async for info in media.listing(prefix)]
    )


async def test_an_image_is_kept_shown_shrunk_and_removed(
    media: MediaStore, bucket_url: str, database_url: str, sessions: Sessions
) -> None:
    token = await make_token(sessions)
    job = await make_job(sessions, token.user, status=JobStatus.RUNNING)
    output = await stored_output(media, job.id)
    orphan = await stored_output(media, job.id, attempt=7)
    content = Content(sessions, media)
    settings = Settings.model_validate({"database_url": database_url, "media_url": bucket_url})
    parts = assemble(settings, sessions=sessions, media=media, workflows=load_workflows())

    with capture_logs() as logs:
        await content.take(output)
        (content_id,) = content.items
        await make_thumbnails(content_id, sessions=sessions, media=media)
        async with gateway_client(parts) as client:
            client.headers.update(token.headers)
            item = (await client.get(f"/api/v1/content-items/{content_id}")).json()
            image = await client.get(item["image_url"])
            part = await client.get(item["image_url"], headers={"Range": "bytes=1-3"})
            small = await client.get(next(iter(item["thumbnails"].values())))
            ready = await client.get("/readyz")
            kept = await keys(media)
            await client.delete(f"/api/v1/content-items/{content_id}")
        swept = await Sweeper(sessions, media, minimum_age=timedelta(0)).sweep()

    assert (image.status_code, image.content) == (200, picture())
    assert (part.status_code, part.content) == (206, picture()[1:4])
    assert small.status_code == 200
    assert {output.storage_key, orphan.storage_key} < set(kept)
    assert swept is not None
    assert (swept.items, swept.orphans) == (1, 1)
    assert await keys(media) == []
    assert SECRET_KEY not in f"{settings!r} {parts!r} {logs} {ready.text}"
