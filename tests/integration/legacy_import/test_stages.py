"""A legacy database in each of its stages, and what becomes of it."""

from shared.jobs import JobStatus
from tests.integration.legacy_import.conftest import MakeLegacy
from tests.integration.legacy_import.home import OLD, Home


async def test_one_job_with_its_image_comes_home(make_legacy: MakeLegacy, home: Home) -> None:
    legacy = await make_legacy("A")
    await legacy.user("anna")
    data = home.image("gen_job_7_00001_.png")
    await legacy.item(12, f"{OLD}/gen_job_7_00001_.png", tags=["door"])
    await legacy.job(7, link=12, params={"sampler_params": {"steps": 8, "seed": 5}})

    report = await home.bring(legacy)

    job, item = (await home.jobs())["generation_jobs", 7], (await home.items())["content_items", 12]
    assert (report.stage, report.lost, report.jobs.written, report.items.written) == ("A", 0, 1, 1)
    assert (job.status, job.content_id, job.params) == (
        JobStatus.COMPLETED,
        12,
        {"steps": 8, "seed": 5},
    )
    assert (item.id, item.job_id, item.tags, item.file_missing) == (12, job.id, ["door"], False)
    assert await home.media.get(item.storage_key) == data
    assert item.storage_key == f"jobs/{job.id}/0/{item.sha256}.png"
