"""Whatever is in a legacy database: the arithmetic holds, and completed ⇔ content."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from deploy.legacy_import import reading, source
from deploy.legacy_import.report import Report
from shared.failpoints import Killed, killing_at
from tests.integration.legacy_import.home import OLD, Home
from tests.integration.legacy_import.legacy_database import (
    BEGAN,
    STAGES,
    LegacyDatabase,
    MakeLegacy,
)

ANNA, BEN, NOBODY = (UUID(int=n, version=4) for n in (1, 2, 3))
USERS = st.sampled_from([ANNA, ANNA, ANNA, BEN, NOBODY])
PATHS = st.sampled_from(
    [
        f"{OLD}/there.png",
        f"{OLD}//sub/../there.png",
        f"{OLD}/gen_job_1_00001_.png",
        f"{OLD}/gen_job_2_00001_.png",
        f"{OLD}/gone.png",
        "there.png",
        f"{OLD}/../../etc/passwd",
        "",
    ]
)
PROMPTS = st.sampled_from(["a door", "a lamp", "todo", ""])
IDS = st.integers(1, 4)
MOMENTS = st.integers(0, 5).map(lambda n: BEGAN + timedelta(minutes=n))
STATUSES = st.sampled_from(
    ["completed"] * 5 + ["failed", "error", "cancelled", "pending", "processing", "odd"]
)
SEEDS = st.one_of(st.none(), st.integers(-1, 2**64), st.text(max_size=3))
OUTPUTS = st.one_of(st.none(), st.lists(PATHS, max_size=4), st.just({"no": "list"}))
PARAMS = st.one_of(
    st.none(),
    st.just([1]),
    st.fixed_dictionaries(
        {},
        optional={"output_paths": OUTPUTS, "seed": SEEDS, "sampler_params": st.just({"steps": 3})},
    ),
)

JOB = {
    "user_id": USERS,
    "status": STATUSES,
    "prompt": PROMPTS,
    "link": st.one_of(st.none(), IDS, st.just(99)),
    "params": PARAMS,
    "completed_at": st.one_of(st.none(), MOMENTS),
    "error_message": st.sampled_from([None, "Cancelled: so", "no"]),
}
REQUEST = {
    "user_id": USERS,
    "status": STATUSES,
    "prompt": PROMPTS,
    "output_paths": st.one_of(st.none(), st.lists(PATHS, max_size=4)),
    "batch_size": st.integers(1, 8),
}
ITEM = {
    "creator_id": USERS,
    "data": st.one_of(PATHS, st.just("a text")),
    "content_type": st.sampled_from(["image", "text", "image_generation", "odd"]),
    "prompt": PROMPTS,
    "created_at": MOMENTS,
    "item_metadata": st.one_of(st.none(), st.fixed_dictionaries({"prompt": PROMPTS})),
}


def table_of(columns: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[int, Any]]:
    return st.dictionaries(IDS, st.fixed_dictionaries(columns), max_size=4)


@dataclass(frozen=True)
class Rows:
    stage: str
    jobs: dict[int, Any]
    requests: dict[int, Any]
    regular: dict[int, Any]
    auto: dict[int, Any]

    async def put_into(self, legacy: LegacyDatabase) -> None:
        await legacy.run(f"TRUNCATE {', '.join(await legacy.tables())}")
        legacy.user_id = ANNA
        await legacy.user("anna")
        await legacy.user("ben", id=BEN)
        for number, row in self.regular.items():
            await legacy.item(number, **row)
        for number, row in self.auto.items():
            await legacy.item(number, auto=True, **row)
        for number, row in self.jobs.items():
            await legacy.job(number, **row)
        if self.stage in "BC":
            for number, row in self.requests.items():
                await legacy.request(number, comfyui_prompt_id=f"prompt {number}", **row)
        if self.stage == "C":
            await legacy.run(
                "UPDATE generation_jobs SET comfyui_prompt_id = 'prompt ' || id WHERE id < 3"
            )


ROWS = st.builds(
    Rows,
    stage=st.sampled_from(STAGES),
    jobs=table_of(JOB),
    requests=table_of(REQUEST),
    regular=table_of(ITEM),
    auto=table_of(ITEM),
)
PLACES = st.sampled_from(
    ["import.users_written"]
    + [f"import.{what}.{n}" for what in ("files_copied", "batch_written") for n in (1, 2, 3)]
)

_EMPTY = "TRUNCATE generation_jobs, content_items, users, job_events, outbox CASCADE"
_TORN = """
    SELECT count(*) FROM generation_jobs AS job FULL JOIN content_items AS item
        ON item.job_id = job.id
    WHERE (job.status = 'completed') IS DISTINCT FROM (item.id IS NOT NULL)
        OR job.content_id IS DISTINCT FROM item.id OR job.user_id IS DISTINCT FROM item.user_id
            AND item.id IS NOT NULL"""


@pytest.mark.slow
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(rows=ROWS, place=PLACES)
async def test_whatever_is_there_comes_home_once(
    rows: Rows,
    place: str,
    make_legacy: MakeLegacy,
    home: Home,
    databases: dict[str, LegacyDatabase],
) -> None:
    legacy = databases.get(rows.stage) or await make_legacy(rows.stage)
    databases[rows.stage] = legacy
    await rows.put_into(legacy)
    async with home.sessions.begin() as session:
        await session.execute(text(_EMPTY))

    try:
        with killing_at(place):
            await home.bring(legacy)
    except Killed:
        assert await torn(home) == 0
    second = await home.bring(legacy)
    third = await home.bring(legacy)

    assert await torn(home) == 0
    assert (third.users.written, third.jobs.written, third.items.written) == (0, 0, 0)
    await all_came(rows, home, second)


@pytest.fixture
def databases(home: Home, monkeypatch: pytest.MonkeyPatch) -> dict[str, LegacyDatabase]:
    """One of each stage that came up; the folder has one image, and batches are small."""
    home.image("there.png")
    monkeypatch.setattr(source, "ROWS_AT_ONCE", 2)
    monkeypatch.setattr(reading, "ROWS_AT_ONCE", 2)
    return {}


async def torn(home: Home) -> int:
    async with home.sessions.begin() as session:
        return await session.scalar(text(_TORN)) or 0


async def all_came(rows: Rows, home: Home, report: Report) -> None:
    jobs, items = await home.jobs(), await home.items()
    users = {ANNA, BEN}
    for table, there in (("content_items", rows.regular), ("content_items_auto", rows.auto)):
        came = {number for number, row in there.items() if row["creator_id"] in users}
        assert {key[1] for key in items if key[0] == table} == came
    came = {number for number, row in rows.jobs.items() if row["user_id"] in users}
    assert {key[1] for key in jobs if key[0] == "generation_jobs"} == came
    assert len(jobs) == report.jobs.read - report.jobs.merged - report.jobs.refused + (
        report.jobs.split + report.jobs.made
    )
    assert len(items) == report.items.read - report.items.refused + report.items.made
    assert len(report.refused) == report.jobs.refused + report.items.refused
