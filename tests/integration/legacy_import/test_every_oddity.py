"""All that is odd at once, in each stage: what becomes of one thing never depends on another."""

from datetime import timedelta
from typing import Any

import pytest

from tests.integration.legacy_import.home import OLD, Home
from tests.integration.legacy_import.legacy_database import (
    BEGAN,
    STAGES,
    LegacyDatabase,
    MakeLegacy,
)

LONG = "a lighthouse in fog " * 999
HISTORY = {"prompt": [], "outputs": {}, "status": {}, "padding": "x" * 100_000}
WHOLE_REQUEST = {
    "sampler_params": {"seed": -1, "steps": 20},
    "lora_models": [{"name": "fog", "strength_model": -0.7, "strength_clip": -0.7}],
    "output_paths": [f"{OLD}/batch{n}.png" for n in range(8)],
    "thumbnails": ["/t/1.webp"],
    "history": HISTORY,
}

# number → status, what it links to, and what else is odd about it
JOBS: dict[int, dict[str, Any]] = {
    1: {"link": 10, "job_type": "image_generation", "prompt": LONG},
    2: {"link": 11, "completed_at": BEGAN + timedelta(minutes=11, seconds=20)},
    3: {"link": 11, "completed_at": BEGAN + timedelta(minutes=50)},
    4: {"link": 999, "params": {"output_paths": [f"{OLD}//lost/../by_path.png"]}},
    5: {},  # found by the number in a file's name
    6: {},  # found by its prompt
    7: {},  # by nothing
    8: {"params": WHOLE_REQUEST},
    9: {"status": "processing"},
    10: {"status": "pending", "params": {}},
    11: {"status": "error", "params": None},
    12: {"status": "canceled"},
    13: {"status": "failed", "error_message": "Cancelled: by its user"},
    14: {"status": "started", "link": 12},
}
BECOMES = {
    1: ("completed", 10),
    2: ("completed", 11),
    3: ("failed", "imported_without_content"),
    4: ("completed", 13),
    5: ("completed", 14),
    6: ("completed", 15),
    7: ("failed", "imported_without_content"),
    9: ("failed", "imported_unfinished"),
    10: ("failed", "imported_unfinished"),
    11: ("failed", "imported_failed"),
    12: ("cancelled", None),
    13: ("cancelled", None),
    14: ("failed", "imported_unfinished"),
}
# number → content_data, and what else is odd about it
ITEMS: dict[int, tuple[str, dict[str, Any]]] = {
    10: (f"{OLD}//gen.png", {"content_type": "image_generation"}),
    11: ("bare.png", {"prompt": "todo", "item_metadata": {"prompt": "the real one"}}),
    12: (f"{OLD}/sub/../gen.png", {}),
    13: (f"{OLD}/by_path.png", {}),
    14: (f"{OLD}/gen_job_5_00001_.png", {}),
    15: (f"{OLD}/by_prompt.png", {"item_metadata": {"prompt": "prompt of job 6"}}),
    16: (f"{OLD}/../../secret.png", {}),
    17: ("/home/elsewhere/output/a.png", {}),
    18: ("Es war einmal", {"content_type": "text", "title": ""}),
}
THERE = ["gen", "bare", "by_path", "gen_job_5_00001_", "by_prompt", "request0", "request1"]
THERE += [f"batch{n}" for n in range(8)]


async def fill(legacy: LegacyDatabase, home: Home) -> None:
    await legacy.user("anna", email="Anna@Example.org", preferences=None)
    await legacy.user("ben", email="anna@example.org")
    for seed, name in enumerate(THERE):
        home.image(f"{name}.png", seed=seed)
    has_tags = legacy.stage in "ABCD"
    for number, (data, more) in ITEMS.items():
        tags: dict[str, Any] = {"tags": ["fog", "fog", "sea"]} if has_tags else {}
        await legacy.item(number, data, **more, **tags)
    await legacy.item(10, f"{OLD}/gone.png", auto=True)
    for number, row in JOBS.items():
        await legacy.job(number, **row)
    if not has_tags:
        everywhere = [(number, "regular") for number in ITEMS]
        await legacy.tag("sea", *everywhere, *everywhere)
        await legacy.tag("fog", *everywhere)
    if legacy.stage in "BC":
        await legacy.request(
            8, batch_size=2, sampler_params={"seed": 7},
            output_paths=[f"{OLD}/request0.png", f"{OLD}/request1.png"],
        )  # fmt: skip
    if legacy.stage == "F":
        await legacy.bookmark(18)


@pytest.mark.parametrize("stage", STAGES)
async def test_each_thing_becomes_what_it_should(
    stage: str, make_legacy: MakeLegacy, home: Home
) -> None:
    legacy = await make_legacy(stage)
    await fill(legacy, home)

    report = await home.bring(legacy)

    jobs, items = await home.jobs(), await home.items()
    became = {
        key[1]: (job.status, (job.error or {}).get("code") or job.content_id)
        for key, job in jobs.items()
        if key[0] == "generation_jobs" and key[1] != 8
    }
    assert became == BECOMES
    requests = 1 if stage in "BC" else 0
    orphans = 5  # 12, 16, 17, 18, and the automatic 10
    assert (report.jobs.read, report.jobs.made) == (14 + requests, orphans)
    assert (report.jobs.split, report.items.made) == (7 + requests, 8 + 2 * requests)
    assert len(jobs) == report.jobs.written == 14 + requests + 7 + requests + orphans
    assert len(items) == report.items.written == 10 + 8 + 2 * requests
    await check_items(items, jobs)
    assert [(one.table, one.id) for one in report.missing_files] == [
        ("content_items", 16), ("content_items", 17), ("content_items_auto", 10),
    ]  # fmt: skip
    assert [one.id for one in report.without_content] == [3, 7]
    assert report.lost == 5
    assert report.relinked == {"path": 1, "number": 1, "prompt": 1}


async def check_items(items: dict[Any, Any], jobs: dict[Any, Any]) -> None:
    assert {number for table, number in items if table == "content_items"} == set(ITEMS)
    assert all(items["content_items", number].id == number for number in ITEMS)
    assert items["content_items_auto", 10].id > 18
    assert all(sorted(items["content_items", number].tags) == ["fog", "sea"] for number in ITEMS)
    assert jobs["generation_jobs", 1].prompt == LONG
    assert items["content_items", 11].prompt == "the real one"
    assert items["content_items", 18].title == "prompt of item 18"
    batch = jobs["generation_jobs", 8].params
    assert batch["loras"][0]["strength_model"] == -0.7
    assert "seed" not in batch
    assert "history" not in batch["legacy"]
