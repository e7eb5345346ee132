"""What is odd about legacy content, users and files, and what becomes of each."""

import os
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from deploy.legacy_import.files import Files
from deploy.legacy_import.paths import root_of
from shared.db.tables import ContentItem
from shared.failpoints import Killed, killing_at
from tests.factories import make_content, make_user
from tests.integration.legacy_import.home import OLD, Home
from tests.integration.legacy_import.legacy_database import LegacyDatabase, MakeLegacy


@pytest.fixture
async def legacy(make_legacy: MakeLegacy) -> LegacyDatabase:
    legacy = await make_legacy("D")
    await legacy.user("anna")
    return legacy


async def one_item(home: Home, number: int = 1) -> ContentItem:
    return (await home.items())["content_items", number]


async def test_content_without_a_job_gets_a_completed_one(
    legacy: LegacyDatabase, home: Home
) -> None:
    home.image("a.png")
    await legacy.item(1, f"{OLD}/a.png", item_metadata={"prompt": "fog", "steps": 4})

    report = await home.bring(legacy)

    [job] = (await home.jobs()).values()
    item = await one_item(home)
    assert (job.status, job.content_id, job.id) == ("completed", 1, item.job_id)
    assert job.params["legacy"] == {"made_for_content": 1}
    assert (report.jobs.made, report.lost) == (1, 0)


async def test_todo_is_no_prompt(legacy: LegacyDatabase, home: Home) -> None:
    await legacy.item(1, "a text", prompt="todo", item_metadata={"prompt": "a red door"})
    await legacy.item(2, "a text", prompt="todo")
    await home.bring(legacy)
    assert (await one_item(home)).prompt == "a red door"
    assert (await one_item(home, 2)).prompt == "todo"


async def test_a_prompt_of_any_length_is_kept_whole(make_legacy: MakeLegacy, home: Home) -> None:
    legacy = await make_legacy("B")
    await legacy.user("anna")
    long = "a lighthouse in fog " * 5000
    await legacy.request(1, prompt=long, output_paths=[f"{OLD}/a.png"])
    await legacy.item(1, "a text", prompt="todo", item_metadata={"prompt": long})
    await home.bring(legacy)
    assert {job.prompt for job in (await home.jobs()).values()} == {long}
    assert {item.prompt for item in (await home.items()).values()} == {long}


async def test_of_two_items_with_one_number_the_regular_one_keeps_its_address(
    legacy: LegacyDatabase, home: Home
) -> None:
    for name in ("a", "b", "c"):
        home.image(f"{name}.png", seed=ord(name))
    await legacy.item(5, f"{OLD}/a.png")
    await legacy.item(5, f"{OLD}/b.png", auto=True)
    await legacy.item(6, f"{OLD}/c.png", auto=True)
    # Found before the regular one is: it must not take the number all the same.
    await legacy.job(1, params={"output_paths": [f"{OLD}/b.png"]})

    await home.bring(legacy)

    items = await home.items()
    assert items["content_items", 5].id == 5
    assert items["content_items_auto", 6].id == 6
    assert items["content_items_auto", 5].id > 6


async def test_new_images_never_meet_imported_ones(legacy: LegacyDatabase, home: Home) -> None:
    there = await make_content(home.sessions, title="here before")
    await legacy.item(there.id, "a text")
    await legacy.item(90_000, "a text")

    report = await home.bring(legacy)

    later = await make_content(home.sessions)
    items = await home.items()
    assert later.id > 90_000
    assert items["content_items", 90_000].id == 90_000
    assert items["content_items", there.id].id > 90_000
    assert report.changed["address taken, new one"] == 1
    async with home.sessions.begin() as session:
        kept = await session.scalar(select(ContentItem.title).where(ContentItem.id == there.id))
    assert kept == "here before"


async def test_from_the_first_write_on_nothing_new_gets_a_legacy_number(
    legacy: LegacyDatabase, home: Home
) -> None:
    await legacy.item(70, "a text")
    with killing_at("import.users_written"), pytest.raises(Killed):
        await home.bring(legacy)
    assert (await make_content(home.sessions)).id == 71


async def test_a_text_becomes_a_file_of_text(legacy: LegacyDatabase, home: Home) -> None:
    await legacy.item(1, "Es war einmal …", content_type="text_generation")
    await legacy.item(2, "a lovely picture", content_type="image")
    await home.bring(legacy)
    for number, text in ((1, "Es war einmal …"), (2, "a lovely picture")):
        item = await one_item(home, number)
        assert (item.content_type, item.mime_type) == ("text", "text/plain")
        assert (await home.media.get(item.storage_key)).decode() == text


async def test_a_path_is_understood_however_it_is_written(
    legacy: LegacyDatabase, home: Home
) -> None:
    there = home.image("sub/a.png")
    paths = [
        f"{OLD}/sub/a.png",
        f"{OLD}//sub///a.png",
        f"{OLD}/sub/../sub/./a.png",
        "sub/a.png",
        "/srv/old/../old/output/sub/a.png",
    ]
    for number, path in enumerate(paths):
        await legacy.item(number, path)

    report = await home.bring(legacy)

    assert (report.lost, report.bytes_copied) == (0, 5 * len(there))
    for item in (await home.items()).values():
        assert await home.media.get(item.storage_key) == there
        assert (item.width, item.height, item.mime_type) == (64, 48, "image/png")


async def test_paths_of_a_windows_machine_are_understood(
    legacy: LegacyDatabase, home: Home
) -> None:
    home.image("sub/a.png")
    await legacy.item(1, r"C:\ComfyUI\output\sub\a.png")
    roots = [root_of(rf"C:\ComfyUI\output={home.outputs}")]
    await home.bring(legacy, roots=roots)
    assert not (await one_item(home)).file_missing


async def test_a_missing_file_is_named_and_its_item_imported(
    legacy: LegacyDatabase, home: Home
) -> None:
    await legacy.item(1, f"{OLD}/gone.png")
    report = await home.bring(legacy)
    item = await one_item(home)
    assert (item.file_missing, item.byte_size) == (True, 0)
    [named] = report.missing_files
    assert (named.table, named.id, named.path) == ("content_items", 1, f"{OLD}/gone.png")
    assert named.why == "not found"


async def test_what_leads_out_of_the_folders_is_never_read(
    legacy: LegacyDatabase, home: Home, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(home.image("inside.png"))
    os.symlink(secret, home.outputs / "link.png")
    os.symlink(tmp_path, home.outputs / "folder")
    os.mkfifo(home.outputs / "pipe.png")
    (home.outputs / "directory.png").mkdir()
    (home.outputs / "empty.png").touch()
    paths = [
        f"{OLD}/../secret.png",
        "../secret.png",
        str(secret),
        "/etc/passwd",
        f"{OLD}/link.png",
        f"{OLD}/folder/secret.png",
        f"{OLD}/pipe.png",
        f"{OLD}/directory.png",
        f"{OLD}/empty.png",
        f"{OLD}/{'x' * 300}.png",
        f"{OLD}",
        f"{OLD}evil/secret.png",
    ]
    for number, path in enumerate(paths, start=1):
        await legacy.item(number, path)

    report = await home.bring(legacy)

    outside, link = "outside of the folders given as --files", "a link, which is never followed"
    assert [one.why for one in report.missing_files] == [
        outside, outside, outside, outside, link, link, "not a file", "not a file", "empty",
        outside, outside, outside,
    ]  # fmt: skip
    assert report.files_copied == 0
    assert all(item.file_missing for item in (await home.items()).values())


async def test_a_text_that_looks_like_a_path_stays_a_text(
    legacy: LegacyDatabase, home: Home, tmp_path: Path
) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    (home.outputs / "story.txt").write_text("Es war einmal")
    await legacy.item(1, "../secret.txt", content_type="text")
    await legacy.item(2, "story.txt", content_type="text")
    await home.bring(legacy)
    assert await home.media.get((await one_item(home)).storage_key) == b"../secret.txt"
    assert await home.media.get((await one_item(home, 2)).storage_key) == b"Es war einmal"


async def test_a_damaged_image_is_copied_as_it_is_and_named(
    legacy: LegacyDatabase, home: Home
) -> None:
    whole = home.image("torn.png")
    (home.outputs / "torn.png").write_bytes(whole[:-20])
    await legacy.item(1, f"{OLD}/torn.png")
    report = await home.bring(legacy)
    item = await one_item(home)
    assert await home.media.get(item.storage_key) == whole[:-20]
    assert [one.id for one in report.damaged_files] == [1]


async def test_what_is_too_large_for_the_memory_is_copied_all_the_same(home: Home) -> None:
    film = b"film" * 1000
    (home.outputs / "film.mp4").write_bytes(film)
    files = Files([root_of(f"{OLD}={home.outputs}")], home.media, large=1000)
    copied = await files.take_path(uuid4(), f"{OLD}/film.mp4")
    files.close()
    assert (copied.trouble, copied.damage, copied.file.byte_size) == (None, None, 4000)
    assert await home.media.get(copied.file.storage_key) == film


async def test_what_is_no_image_is_never_served_as_more_than_bytes(
    legacy: LegacyDatabase, home: Home
) -> None:
    (home.outputs / "page.html").write_text("<script>alert(1)</script>")
    (home.outputs / "film.mp4").write_bytes(b"film")
    await legacy.item(1, f"{OLD}/page.html")
    await legacy.item(2, f"{OLD}/film.mp4", content_type="video")
    await home.bring(legacy)
    assert (await one_item(home)).mime_type == "application/octet-stream"
    assert (await one_item(home, 2)).mime_type == "video/mp4"


async def test_tags_are_each_there_once(legacy: LegacyDatabase, home: Home) -> None:
    tags = ["door", "red", "door", " red ", "", 7, None, "x" * 4000]
    await legacy.item(1, "a text", tags=tags)
    await legacy.item(2, "a text", tags={"not": "a list"})
    await legacy.item(3, "a text", tags=None)
    await home.bring(legacy)
    assert (await one_item(home)).tags == ["door", "red", "x" * 255]
    assert (await one_item(home, 2)).tags == (await one_item(home, 3)).tags == []


async def test_users_come_without_a_way_in_and_as_nobody_else(
    legacy: LegacyDatabase, home: Home
) -> None:
    here = await make_user(home.sessions, name="ben")
    await legacy.user("ben", email="Ben@Example.org", is_active=False)
    await legacy.user("ben2", email="ben@example.org", preferences={"theme": "dark"})
    await legacy.user("tab\tname", email="x")

    report = await home.bring(legacy)

    users = {user.name: user for user in await home.users()}
    assert set(users) == {"anna", "ben", "ben (imported)", "ben2", "tabname"}
    assert users["ben"].id == here.id
    assert not any(user.is_admin for user in users.values())
    assert report.renamed_users == {"ben": "ben (imported)", "tab\tname": "tabname"}
    assert report.left_behind == {"email": 4, "preferences": 1, "is_active": 1}


async def test_a_dry_run_writes_nothing_and_says_the_same(
    legacy: LegacyDatabase, home: Home, tmp_path: Path
) -> None:
    home.image("a.png")
    await legacy.item(1, f"{OLD}/a.png")
    await legacy.item(2, f"{OLD}/gone.png")
    await legacy.job(1, link=1)
    await legacy.job(2, status="pending")

    dry = await home.bring(legacy, is_dry_run=True)

    assert (await home.jobs(), await home.items(), await home.users()) == ({}, {}, [])
    assert not (tmp_path / "media").exists()
    async with home.sessions.begin() as session:
        assert await session.scalar(func.nextval("content_items_id_seq").select()) == 1
    real = await home.bring(legacy)
    assert (dry.users, dry.jobs, dry.items) == (real.users, real.jobs, real.items)
    assert (dry.ended, dry.missing_files) == (real.ended, real.missing_files)
    assert dry.files_copied == real.files_copied == 1
