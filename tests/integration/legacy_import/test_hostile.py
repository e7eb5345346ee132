"""Legacy databases that are broken, half restored or made to hurt."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from deploy.legacy_import.opening import FilesUnavailable
from deploy.legacy_import.paths import root_of
from deploy.legacy_import.schema import WrongSchema
from deploy.legacy_import.source import SourceRefused, SourceUnavailable, open_source
from shared.media import StoreUnavailable, open_media
from tests.integration.legacy_import.home import OLD, Home
from tests.integration.legacy_import.legacy_database import LegacyDatabase, MakeLegacy


@pytest.fixture
async def legacy(make_legacy: MakeLegacy) -> LegacyDatabase:
    legacy = await make_legacy("D")
    await legacy.user("anna")
    return legacy


async def nothing_was_written(home: Home) -> bool:
    return not (await home.jobs() or await home.items() or await home.users())


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        (["DROP TABLE users"], "there is no table users"),
        (["DROP TABLE content_items"], "there is no table content_items"),
        (
            ["ALTER TABLE generation_jobs DROP COLUMN prompt"],
            "generation_jobs has no column prompt",
        ),
        (
            ["ALTER TABLE generation_jobs DROP COLUMN params"],
            "generation_jobs has neither parameters nor params",
        ),
        (
            ["ALTER TABLE content_items ALTER COLUMN created_at TYPE text"],
            "content_items.created_at is text, not timestamp with time zone or timestamp without",
        ),
        (
            [
                "ALTER TABLE generation_jobs DROP CONSTRAINT generation_jobs_pkey",
                "INSERT INTO generation_jobs SELECT * FROM generation_jobs",
            ],
            "generation_jobs has id 1 more than once, so its primary key was not restored",
        ),
        (["CREATE TABLE tags (id uuid, name text)"], "there is only one of tags and content_tags"),
        (
            ["DROP TABLE users, generation_jobs, content_items, content_items_auto"],
            "there is nothing of the older application in that database",
        ),
        (["ALTER TABLE users RENAME TO people", "CREATE TABLE users (id int)"], "users.id is int"),
    ],
)
async def test_a_wrong_or_half_restored_schema_is_told_and_nothing_written(
    statements: Sequence[str], said: str, legacy: LegacyDatabase, home: Home
) -> None:
    await legacy.job(1)
    for statement in statements:
        await legacy.run(statement)
    with pytest.raises(WrongSchema) as told:
        await home.bring(legacy)
    assert said in str(told.value)
    assert await nothing_was_written(home)


async def test_darkroom_itself_is_no_legacy_database(
    legacy: LegacyDatabase, home: Home, database_tcp_url: str
) -> None:
    legacy.url = database_tcp_url
    with pytest.raises(WrongSchema, match="a database of Darkroom"):
        await home.bring(legacy)


async def test_a_role_that_may_not_read_is_told_what(legacy: LegacyDatabase, home: Home) -> None:
    await legacy.run("DROP ROLE IF EXISTS powerless; CREATE ROLE powerless LOGIN")
    legacy.url = legacy.url.replace("legacy_reader@", "powerless@")
    with pytest.raises(SourceRefused, match=r"may not read content_items, .*, users"):
        await home.bring(legacy)


async def test_rows_that_are_hidden_from_the_reader_are_told(
    legacy: LegacyDatabase, home: Home
) -> None:
    await legacy.job(1)
    await legacy.run("ALTER TABLE generation_jobs ENABLE ROW LEVEL SECURITY")
    with pytest.raises(SourceRefused, match="row-level security policy"):
        await home.bring(legacy)
    assert await nothing_was_written(home)


async def test_an_address_that_leads_nowhere_is_told_without_its_password(
    legacy: LegacyDatabase, home: Home
) -> None:
    for url, kind in (
        ("postgresql://nobody@127.0.0.1:1/none", SourceUnavailable),
        ("mysql://nobody@127.0.0.1/none", SourceRefused),
        ("nonsense", SourceRefused),
        ("postgresql://x:secret@127.0.0.1:notaport/x", SourceRefused),
    ):
        legacy.url = url
        with pytest.raises(kind) as told:
            await home.bring(legacy)
        assert "secret" not in str(told.value)


async def test_a_source_that_goes_away_is_told_without_a_traceback(legacy: LegacyDatabase) -> None:
    ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1"
    async with open_source(legacy.url) as source:
        await legacy.connection.execute(ended, "darkroom import-legacy")
        with pytest.raises(SourceUnavailable, match="does not answer, or no more"):
            await source.fetch("SELECT 1")


async def test_a_folder_that_is_not_there_is_told_before_anything_is_written(
    legacy: LegacyDatabase, home: Home, tmp_path: Path
) -> None:
    with pytest.raises(FilesUnavailable, match="there is no folder"):
        await home.bring(legacy, roots=[root_of(f"{OLD}={tmp_path / 'nowhere'}")])
    assert await nothing_was_written(home)


async def test_a_store_that_refuses_stops_the_import_and_it_can_be_repeated(
    legacy: LegacyDatabase, home: Home, tmp_path: Path
) -> None:
    home.image("1.png")
    await legacy.item(1, f"{OLD}/1.png")
    good, home.media = home.media, open_media(str(tmp_path / "file" / "media"))
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnavailable):
        await home.bring(legacy)
    assert await home.items() == {}

    home.media = good
    assert (await home.bring(legacy)).items.written == 1


async def test_a_hundred_megabytes_of_json_are_left_out_and_named(
    legacy: LegacyDatabase, home: Home
) -> None:
    await legacy.job(1, status="failed")
    await legacy.job(2, status="failed")
    await legacy.item(3, "a text")
    await legacy.run(
        """UPDATE generation_jobs SET params = jsonb_build_object('steps', 8, 'huge',
            repeat('x', 100000000)) WHERE id = 1;
        UPDATE generation_jobs SET params = to_jsonb(repeat('x', 1000000)) WHERE id = 2;
        UPDATE content_items SET item_metadata = (SELECT jsonb_object_agg('key' || n,
            repeat('x', 200000)) FROM generate_series(1, 200) AS n)"""
    )

    report = await home.bring(legacy)

    jobs = await home.jobs()
    assert jobs["generation_jobs", 1].params == {"steps": 8}
    assert [(one.table, one.id, one.why) for one in report.left_out] == [
        ("generation_jobs", 1, "too large: params.huge (100000002 bytes)"),
        ("generation_jobs", 2, "too large: params (1000002 bytes)"),
        ("content_items", 3, "too large: item_metadata"),
    ]


async def test_nul_bytes_and_half_characters_in_json_text_do_no_harm(
    legacy: LegacyDatabase, home: Home
) -> None:
    """`json` columns keep what `jsonb` refuses."""
    await legacy.run("ALTER TABLE generation_jobs ALTER COLUMN params TYPE json")
    await legacy.run("ALTER TABLE content_items ALTER COLUMN item_metadata TYPE json")
    await legacy.run("ALTER TABLE content_items ALTER COLUMN tags TYPE json")
    await legacy.job(1, status="failed")
    await legacy.item(1, "a text", prompt="todo")
    raw = (
        r"""{"a\u0000b": "c\u0000d", "half": "\ud800", "steps": 1e400, "n": 18446744073709551617}"""
    )
    deep = "[" * 3000 + "]" * 3000
    await legacy.run(f"UPDATE generation_jobs SET params = '{raw}'")
    await legacy.run(rf"""UPDATE content_items SET item_metadata =
        '{{"prompt": "\u0000", "deep": {deep}}}', tags = '["\u0000", "\ud83d\ude00"]'""")

    await home.bring(legacy)

    job, item = (await home.jobs())["generation_jobs", 1], (await home.items())["content_items", 1]
    legacy_params = job.params["legacy"]
    assert legacy_params["a\N{REPLACEMENT CHARACTER}b"] == "c\N{REPLACEMENT CHARACTER}d"
    assert legacy_params["half"] == "?"
    assert item.tags == ["\N{REPLACEMENT CHARACTER}", "\N{GRINNING FACE}"]
    assert json.dumps(item.params).count("[") >= 3000


async def test_numbers_no_column_holds_stay_beside(legacy: LegacyDatabase, home: Home) -> None:
    await legacy.job(
        1, status="failed", params={"width": -5, "steps": "many", "cfg": True, "seed": 2**70}
    )
    await home.bring(legacy)
    job = (await home.jobs())["generation_jobs", 1]
    assert set(job.params) == {"legacy"}
    assert set(job.params["legacy"]) == {"width", "steps", "cfg", "seed"}
