"""What is odd about legacy jobs, and what becomes of each."""

from collections import Counter
from datetime import UTC, timedelta

import pytest

from shared.db.tables import Job
from tests.integration.legacy_import.home import OLD, Home
from tests.integration.legacy_import.legacy_database import BEGAN, LegacyDatabase, MakeLegacy


@pytest.fixture
async def legacy(make_legacy: MakeLegacy) -> LegacyDatabase:
    legacy = await make_legacy("D")
    await legacy.user("anna")
    return legacy


async def one_job(home: Home, number: int = 1) -> Job:
    return (await home.jobs())["generation_jobs", number]


# status, error message → what it becomes, with which code
ENDINGS = [
    ("failed", "CUDA error", "failed", "imported_failed"),
    ("error", None, "failed", "imported_failed"),
    ("failed", "Cancelled: by its user", "cancelled", None),
    ("cancelled", None, "cancelled", None),
    ("canceled", None, "cancelled", None),
    ("pending", None, "failed", "imported_unfinished"),
    ("running", None, "failed", "imported_unfinished"),
    ("processing", None, "failed", "imported_unfinished"),
    ("started", None, "failed", "imported_unfinished"),
    ("dreaming", None, "failed", "imported_unfinished"),
    ("completed", None, "failed", "imported_without_content"),
]


async def test_a_job_without_an_image_arrives_as_what_it_was(
    legacy: LegacyDatabase, home: Home
) -> None:
    for number, (status, message, _, _) in enumerate(ENDINGS):
        await legacy.job(number, status=status, error_message=message)

    report = await home.bring(legacy)

    jobs = (await home.jobs()).values()
    became = {job.legacy_id: (job.status, (job.error or {}).get("code")) for job in jobs}
    assert became == {n: (becomes, code) for n, (_, _, becomes, code) in enumerate(ENDINGS)}
    assert report.ended == Counter(code or becomes for _, _, becomes, code in ENDINGS)
    assert ((await one_job(home, 0)).error or {})["message"] == "CUDA error"
    assert (await one_job(home, 2)).params["legacy"]["error_message"] == "Cancelled: by its user"


async def test_times_are_utc(legacy: LegacyDatabase, home: Home) -> None:
    await legacy.job(1, status="failed")
    await home.bring(legacy)
    job = await one_job(home)
    assert job.created_at == BEGAN.replace(tzinfo=UTC) + timedelta(minutes=1)
    assert job.finished_at == BEGAN.replace(tzinfo=UTC) + timedelta(minutes=1, seconds=30)
    assert job.id.int >> 80 == int(job.created_at.timestamp() * 1000)


async def test_job_types_lose_their_ending(legacy: LegacyDatabase, home: Home) -> None:
    kinds = ["image", "text", "video", "audio"]
    for number, kind in enumerate(kinds):
        await legacy.job(number, job_type=f"{kind}_generation", status="failed")
    await home.bring(legacy)
    assert [(await one_job(home, number)).job_type for number in range(4)] == kinds


async def test_an_unknown_job_type_is_kept_beside(legacy: LegacyDatabase, home: Home) -> None:
    await legacy.job(1, job_type="upscale", status="failed")
    await home.bring(legacy)
    job = await one_job(home)
    assert (job.job_type, job.params) == ("image", {"legacy": {"job_type": "upscale"}})


async def test_no_params_are_no_params(legacy: LegacyDatabase, home: Home) -> None:
    await legacy.job(1, status="failed", params=None)
    await legacy.job(2, status="failed", params={})
    await home.bring(legacy)
    assert [job.params for job in (await home.jobs()).values()] == [{}, {}]


async def test_of_the_whole_old_request_all_is_kept_but_the_raw_history(
    legacy: LegacyDatabase, home: Home
) -> None:
    entry = {"prompt": [1, "id", {"3": {"inputs": {}}}], "outputs": {}, "status": {}}
    await legacy.job(
        1,
        status="failed",
        params={
            "checkpoint_model": "sdxl.safetensors",
            "negative_prompt": "blurry",
            "sampler_params": {"seed": -1, "steps": 30, "sampler_name": "dpmpp_2m", "eta": 0.3},
            "lora_models": [{"name": "fog", "strength_model": -1.5}],
            "thumbnails": ["/t/1.webp"],
            "comfyui": {"c0ffee": entry | {"padding": "x" * 100_000}},
            "backend": "comfyui",
        },
    )

    report = await home.bring(legacy)

    job = await one_job(home)
    assert job.negative_prompt == "blurry"
    assert job.params == {
        "checkpoint": "sdxl.safetensors",
        "loras": [{"name": "fog", "strength_model": -1.5, "strength_clip": -1.5}],
        "steps": 30,
        "sampler": "dpmpp_2m",
        "legacy": {
            "sampler_params": {"seed": -1, "eta": 0.3},
            "thumbnails": ["/t/1.webp"],
            "backend": "comfyui",
        },
    }
    assert report.changed["random seed (-1) left out"] == 1
    assert report.changed["raw history entry left out"] == 1
    assert report.lost == 0


async def test_of_a_batch_each_image_gets_a_job_of_its_own(
    legacy: LegacyDatabase, home: Home
) -> None:
    paths = [f"{OLD}/batch/{n}.png" for n in range(8)]
    for n in range(8):
        home.image(f"batch/{n}.png", seed=n)
    await legacy.item(40, paths[2])
    await legacy.item(41, paths[5])
    await legacy.job(1, link=40, batch_size=8, params={"output_paths": [*paths, paths[0]]})

    report = await home.bring(legacy)

    jobs, items = await home.jobs(), await home.items()
    first = jobs["generation_jobs", 1]
    others = [job for key, job in jobs.items() if key[0] != "generation_jobs"]
    assert (report.jobs.read, report.jobs.split, report.jobs.written) == (1, 7, 8)
    assert (report.items.read, report.items.made, report.items.written) == (2, 6, 8)
    assert first.content_id == 40
    assert items["content_items", 41].job_id == jobs["generation_jobs.output_paths[5]", 1].id
    assert {job.params["legacy"]["split_from"] for job in others} == {1}
    assert "split_from" not in first.params["legacy"]
    assert len({item.sha256 for item in items.values()}) == 8
    assert {job.content_id for job in jobs.values()} == {item.id for item in items.values()}


async def test_the_one_image_of_a_job_is_not_made_two_because_its_path_is_told_otherwise(
    legacy: LegacyDatabase, home: Home
) -> None:
    home.image("a.png")
    await legacy.item(40, "a.png")
    await legacy.job(1, link=40, params={"output_paths": ["/mnt/elsewhere//a.png"]})
    report = await home.bring(legacy)
    assert (report.items.written, report.lost) == (1, 0)


async def test_of_many_jobs_with_one_item_the_nearest_keeps_it(
    legacy: LegacyDatabase, home: Home
) -> None:
    home.image("a.png")
    await legacy.item(40, f"{OLD}/a.png", created_at=BEGAN + timedelta(minutes=5))
    for number, minutes in ((1, 3), (2, 6), (3, 8)):
        await legacy.job(number, link=40, completed_at=BEGAN + timedelta(minutes=minutes))
    await legacy.job(4, link=40, completed_at=None)

    report = await home.bring(legacy)

    jobs = await home.jobs()
    assert {key[1]: job.status for key, job in jobs.items()} == {
        1: "failed", 2: "completed", 3: "failed", 4: "failed",
    }  # fmt: skip
    error = jobs["generation_jobs", 3].error or {}
    assert error["code"] == "imported_without_content"
    assert "content_items 40" in error["message"]
    assert [one.id for one in report.without_content] == [1, 3, 4]


@pytest.mark.parametrize("link", [None, 999])
async def test_a_lost_link_is_found_again(
    link: int | None, legacy: LegacyDatabase, home: Home
) -> None:
    for name in ("a.png", "gen_job_2_00001_.png", "c.png"):
        home.image(name)
    await legacy.item(41, f"{OLD}//x/../a.png")
    await legacy.item(42, f"{OLD}/gen_job_2_00001_.png")
    await legacy.item(43, f"{OLD}/c.png", item_metadata={"prompt": "prompt of job 3"})
    await legacy.job(1, link=link, params={"output_paths": [f"{OLD}/a.png"]})
    await legacy.job(2, link=link)
    await legacy.job(3, link=link)

    report = await home.bring(legacy)

    assert [(await one_job(home, number)).content_id for number in (1, 2, 3)] == [41, 42, 43]
    assert (report.relinked, report.lost) == ({"path": 1, "number": 1, "prompt": 1}, 0)


async def test_two_items_of_one_prompt_say_nothing(legacy: LegacyDatabase, home: Home) -> None:
    for number in (40, 41):
        home.image(f"{number}.png")
        await legacy.item(
            number, f"{OLD}/{number}.png", item_metadata={"prompt": "prompt of job 1"}
        )
    await legacy.job(1)

    report = await home.bring(legacy)

    assert ((await one_job(home)).error or {})["code"] == "imported_without_content"
    assert (report.relinked, report.jobs.made) == ({}, 2)


async def test_nobody_gets_an_image_of_another_user(legacy: LegacyDatabase, home: Home) -> None:
    ben = await legacy.user("ben")
    home.image("a.png")
    await legacy.item(40, f"{OLD}/a.png", creator_id=ben)
    await legacy.job(1, link=40)

    await home.bring(legacy)

    item = (await home.items())["content_items", 40]
    owner = next(user for user in await home.users() if user.name == "ben")
    assert item.user_id == owner.id
    assert (await one_job(home)).status == "failed"


async def test_dates_that_are_none_are_replaced_and_said(
    legacy: LegacyDatabase, home: Home
) -> None:
    await legacy.run(
        "INSERT INTO generation_jobs (id, user_id, job_type, prompt, status, created_at,"
        f" updated_at, completed_at) VALUES (1, '{legacy.user_id}', 'image', 'a', 'failed',"
        " 'infinity', '2025-01-02', '20000-01-01'), (2, "
        f"'{legacy.user_id}', 'image', 'a', 'failed', '-infinity', '0044-03-15 BC', NULL)"
    )
    report = await home.bring(legacy)
    assert (await one_job(home)).created_at.isoformat() == "2025-01-02T00:00:00+00:00"
    assert (await one_job(home, 2)).created_at.isoformat() == "1970-01-01T00:00:00+00:00"
    assert report.changed["date out of range"] == 2


async def test_rows_of_nobody_are_refused_and_named(legacy: LegacyDatabase, home: Home) -> None:
    nobody = "00000000-0000-4000-8000-000000000000"
    await legacy.job(1, user_id=nobody)
    await legacy.item(40, "a text", creator_id=nobody)

    report = await home.bring(legacy)

    assert [(one.table, one.id) for one in report.refused] == [
        ("content_items", 40),
        ("generation_jobs", 1),
    ]
    assert (report.jobs.written, report.items.written, report.lost) == (0, 0, 2)
