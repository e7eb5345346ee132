"""A legacy database in each of its stages, and what becomes of it."""

import pytest

from shared.jobs import JobStatus
from tests.integration.legacy_import.home import OLD, Home
from tests.integration.legacy_import.legacy_database import (
    BEGAN,
    STAGES,
    LegacyDatabase,
    MakeLegacy,
)

PATH = f"{OLD}/gen_job_7_00001_.png"


async def filled(legacy: LegacyDatabase, home: Home) -> bytes:
    """One job with its image, as each stage knows it."""
    await legacy.user("anna")
    data = home.image("gen_job_7_00001_.png")
    has_tags = legacy.stage in "ABCD"
    if has_tags:
        await legacy.item(12, PATH, tags=["door", "red"])
    else:
        await legacy.item(12, PATH)
    await legacy.job(7, link=12, params={"sampler_params": {"steps": 8, "seed": 5}})
    if not has_tags:
        await legacy.tag("red", (12, "regular"))
        await legacy.tag("door", (12, "regular"))
    return data


@pytest.mark.parametrize("stage", STAGES)
async def test_a_job_with_its_image_comes_home_from_each_stage(
    stage: str, make_legacy: MakeLegacy, home: Home
) -> None:
    legacy = await make_legacy(stage)
    data = await filled(legacy, home)

    report = await home.bring(legacy)

    job, item = (await home.jobs())["generation_jobs", 7], (await home.items())["content_items", 12]
    assert (report.stage, report.lost) == (stage, 0)
    assert (report.jobs.written, report.items.written) == (1, 1)
    assert (job.status, job.content_id) == (JobStatus.COMPLETED, 12)
    assert job.params == {"steps": 8, "seed": 5}
    assert (item.id, item.job_id, item.tags, item.file_missing) == (
        12,
        job.id,
        ["door", "red"],
        False,
    )
    assert await home.media.get(item.storage_key) == data
    assert item.storage_key == f"jobs/{job.id}/0/{item.sha256}.png"


@pytest.mark.parametrize("stage", "BC")
async def test_requests_become_image_jobs_beside_jobs_of_the_same_number(
    stage: str, make_legacy: MakeLegacy, home: Home
) -> None:
    legacy = await make_legacy(stage)
    await filled(legacy, home)
    home.image("request.png", seed=2)
    await legacy.request(
        7,
        negative_prompt="blurry",
        lora_models=[{"name": "fog", "strength_model": -0.5, "strength_clip": 0.25}],
        sampler_params={"seed": 2**63 + 5, "steps": 20, "cfg": 7, "sampler_name": "euler"},
        output_paths=[f"{OLD}/request.png"],
        comfyui_prompt_id="c0ffee",
    )

    report = await home.bring(legacy)

    jobs, items = await home.jobs(), await home.items()
    job = jobs["comfyui_generation_requests", 7]
    assert (report.jobs.read, report.jobs.written, report.items.made) == (2, 2, 1)
    assert (job.job_type, job.status, job.negative_prompt) == ("image", "completed", "blurry")
    assert job.params == {
        "checkpoint": "sd15.safetensors",
        "loras": [{"name": "fog", "strength_model": -0.5, "strength_clip": 0.25}],
        "width": 512,
        "height": 768,
        "steps": 20,
        "cfg": 7.0,
        "sampler": "euler",
        "seed": 2**63 + 5,
        "legacy": {
            "batch_size": 1,
            "comfyui_prompt_id": "c0ffee",
            "output_paths": [f"{OLD}/request.png"],
        },
    }
    made = items["comfyui_generation_requests.output_paths[0]", 7]
    assert (made.job_id, made.file_missing, made.prompt) == (job.id, False, job.prompt)
    assert made.id > 12


async def test_a_request_that_is_told_of_twice_becomes_one_job(
    make_legacy: MakeLegacy, home: Home
) -> None:
    legacy = await make_legacy("C")
    await legacy.user("anna")
    home.image("a.png")
    await legacy.job(3, comfyui_prompt_id="c0ffee", params={"steps": 9})
    await legacy.request(
        8, comfyui_prompt_id="c0ffee", output_paths=[f"{OLD}/a.png"], sampler_params={"cfg": 4}
    )

    report = await home.bring(legacy)

    assert (report.jobs.read, report.jobs.merged, report.jobs.written) == (2, 1, 1)
    [job] = (await home.jobs()).values()
    assert (job.legacy_table, job.status) == ("generation_jobs", "completed")
    assert (job.params["steps"], job.params["cfg"], job.params["width"]) == (9, 4, 512)


async def test_tags_come_from_the_metadata_where_no_table_gives_them(
    make_legacy: MakeLegacy, home: Home
) -> None:
    legacy = await make_legacy("E")
    await legacy.user("anna")
    await legacy.item(1, "a text", content_type="text", item_metadata={"tags": ["old", "old"]})
    await legacy.item(2, "a text", content_type="text", item_metadata={"tags": ["old"]})
    await legacy.item(2, "a text", content_type="text", auto=True)
    await legacy.tag("mine", (2, "regular"))
    await legacy.tag("machine's", (2, "auto"))

    await home.bring(legacy)

    items = await home.items()
    assert items["content_items", 1].tags == ["old"]
    assert items["content_items", 2].tags == ["mine"]
    assert items["content_items_auto", 2].tags == ["machine's"]


async def test_bookmarks_of_ones_own_content_become_favorites(
    make_legacy: MakeLegacy, home: Home
) -> None:
    legacy = await make_legacy("F")
    await legacy.user("anna")
    ben = await legacy.user("ben")
    for number in (1, 2, 3):
        await legacy.item(number, "a text", content_type="text")
    await legacy.item(1, "a text", content_type="text", auto=True)
    await legacy.bookmark(1, "auto")
    await legacy.bookmark(2, deleted_at=BEGAN)
    await legacy.bookmark(3, user_id=ben)
    await legacy.bookmark(99)

    report = await home.bring(legacy)

    favorites = [key for key, item in (await home.items()).items() if item.is_favorite]
    assert favorites == [("content_items_auto", 1)]
    assert sorted(one.why for one in report.left_out) == [
        "bookmark of another user's content",
        "bookmark of content that is not there",
    ]
