"""`darkroom import-legacy` as an operator meets it; the README's section, from start to end."""

import asyncio
import json
import os
import re
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from gateway.settings import Settings
from services.content.thumbnails import make_thumbnails
from shared.db.engine import transaction
from shared.db.tokens import user_named
from shared.workflows.load import load_workflows
from tests.factories import make_token
from tests.infrastructure.processes import ChildProcess
from tests.infrastructure.processes import darkroom as command
from tests.integration.gateway.running_gateway import serving
from tests.integration.legacy_import.home import OLD, Home
from tests.integration.legacy_import.legacy_database import LegacyDatabase, MakeLegacy

README = Path(__file__).parents[3] / "README.md"


@dataclass
class Ended:
    status: int
    out: str
    err: str


@dataclass
class Operator:
    environment: dict[str, str]

    async def says(self, line: str) -> Ended:
        """One line of the shell; `darkroom` is this environment's."""
        words = shlex.split(line)
        assert words[0] == ".venv/bin/darkroom"
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "deploy.cli", *words[1:],
            env=self.environment, cwd=README.parent,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        async with asyncio.timeout(60):
            out, err = await process.communicate()
        assert b"Traceback" not in err
        assert process.returncode is not None
        return Ended(process.returncode, out.decode(), err.decode())


@pytest.fixture
def operator(database_url: str, tmp_path: Path) -> Operator:
    return Operator(
        {
            "PATH": os.environ["PATH"],
            "DATABASE_URL": database_url,
            "MEDIA_URL": str(tmp_path / "media"),
            "COLUMNS": "200",
        }
    )


@pytest.fixture
async def legacy(make_legacy: MakeLegacy, home: Home) -> LegacyDatabase:
    """As the README's operator has it: some images, one of them missing, and an unfinished job."""
    legacy = await make_legacy("C")
    await legacy.user("anna")
    home.image("gen_job_7_00001_.png")
    await legacy.item(12, f"{OLD}/gen_job_7_00001_.png", title="A red door")
    await legacy.item(13, f"{OLD}/gone.png")
    await legacy.job(7)
    await legacy.job(8, status="running")
    return legacy


def readme_commands(legacy: LegacyDatabase, home: Home) -> list[str]:
    section = README.read_text().partition("## Moving over")[2].partition("\n## ")[0]
    block = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)[0].replace("\\\n", " ")
    lines = [line for line in block.splitlines() if line and not line.startswith("#")]
    ours = {
        "postgresql://reader@old-host/old_database": legacy.url,
        "/home/old/ComfyUI/output=/mnt/old/output": f"{OLD}={home.outputs}",
        "report.json": str(home.outputs.parent / "report.json"),
    }
    for theirs, our in ours.items():
        assert any(theirs in line for line in lines)
        lines = [line.replace(theirs, our) for line in lines]
    return lines


async def test_the_readme_moves_an_operator_over(
    operator: Operator, legacy: LegacyDatabase, home: Home, settings: Settings
) -> None:
    dry_run, real, token = readme_commands(legacy, home)

    looked = await operator.says(dry_run)
    assert looked.status == 0
    assert "would be written" in looked.out
    assert await home.jobs() == {}

    done = await operator.says(real)
    assert done.status == 0, done.err
    assert "Lost: 1, each named" in done.out
    assert f"'{OLD}/gone.png' not found" in done.out
    report = json.loads((home.outputs.parent / "report.json").read_text())
    assert (report["stage"], report["lost"], report["items"]["written"]) == ("C", 1, 2)
    assert report["missing_files"] == [
        {"table": "content_items", "id": 13, "why": "not found", "path": f"{OLD}/gone.png"}
    ]

    bearer = {"Authorization": f"Bearer {(await operator.says(token)).out.strip()}"}
    await the_gallery_has_it(bearer, home, settings)
    again = await operator.says(real)
    assert (again.status, len(await home.items())) == (0, 2)


async def the_gallery_has_it(bearer: dict[str, str], home: Home, settings: Settings) -> None:
    await make_thumbnails(12, sessions=home.sessions, media=home.media)
    async with (
        serving(
            settings, sessions=home.sessions, media=home.media, workflows=load_workflows()
        ) as gateway,
        httpx.AsyncClient(base_url=gateway.url, headers=bearer) as client,
    ):
        listed = (await client.get("/api/v1/content-items")).json()["items"]
        assert [(item["id"], item["title"]) for item in listed] == [
            (13, "title of 13"),
            (12, "A red door"),
        ]
        image = await client.get(listed[1]["image_url"])
        assert (image.status_code, image.headers["Content-Type"]) == (200, "image/png")
        assert image.content == (home.outputs / "gen_job_7_00001_.png").read_bytes()
        thumbnail = await client.get(listed[1]["thumbnails"]["small"])
        assert thumbnail.headers["Content-Type"] == "image/webp"
        assert (listed[0]["file_missing"], listed[0]["image_url"], listed[0]["thumbnails"]) == (
            True, None, {},
        )  # fmt: skip
        gone = await client.get("/api/v1/content-items/13/image")
        assert (gone.status_code, gone.json()["type"]) == (404, "file_missing")
        page = await client.get("/12", headers={"Accept": "text/html"})
        assert page.status_code in (200, 404)  # 404 where the page was not built

        jobs = (await client.get("/api/v1/generation-jobs")).json()["items"]
        assert [job["status"] for job in jobs] == ["completed", "failed", "completed"]
        events = await client.get(f"/api/v1/generation-jobs/{jobs[2]['id']}/events")
        assert [event["type"] for event in events.json()["items"]] == [
            "job.created", "job.running", "job.completed",
        ]  # fmt: skip


async def test_a_failed_imported_job_can_be_tried_again(
    legacy: LegacyDatabase, home: Home, settings: Settings
) -> None:
    await legacy.job(9, status="failed", params={"checkpoint_model": "a", "backend": "old"})
    await home.bring(legacy)
    job = (await home.jobs())["generation_jobs", 9]
    token = await make_token(home.sessions, next(iter(await home.users())))
    async with (
        serving(
            settings, sessions=home.sessions, media=home.media, workflows=load_workflows()
        ) as gateway,
        httpx.AsyncClient(base_url=gateway.url, headers=token.headers) as client,
    ):
        answer = await client.post(f"/api/v1/generation-jobs/{job.id}/retry")
    assert answer.status_code == 201, answer.text
    assert answer.json()["params"]["checkpoint"] == "a"


async def test_killed_for_real_and_repeated_all_is_there(
    operator: Operator, legacy: LegacyDatabase, home: Home, tmp_path: Path
) -> None:
    arguments = ("import-legacy", "--files", f"{OLD}={home.outputs}")
    operator.environment["LEGACY_DATABASE_URL"] = legacy.url  # where no list of processes shows it
    for place in ("import.users_written", "import.files_copied.1", "import.batch_written.1"):
        child = ChildProcess(
            command(*arguments),
            environment=operator.environment | {"DARKROOM_FAILPOINT": place},
            log=tmp_path / f"{place}.log",
        )
        await child.start()
        assert await child.ended() == -9

    line = shlex.join([".venv/bin/darkroom", *arguments])
    done = await operator.says(line)

    assert done.status == 0
    assert (len(await home.jobs()), len(await home.items())) == (3, 2)


@pytest.mark.parametrize(
    ("url", "files", "status", "said"),
    [
        (
            "postgresql://nobody@127.0.0.1:1/x",
            "{outputs}",
            1,
            "does not answer, or no more; is --from right?",
        ),
        ("mysql://x", "{outputs}", 1, "--from must be an address of PostgreSQL"),
        ("{legacy}", "/nowhere/at/all", 1, "--files: there is no folder /nowhere/at/all"),
        ("{legacy}", "{outputs} --report /nowhere/r.json", 2, "/nowhere/r.json cannot be written"),
    ],
)
async def test_what_is_wrong_is_a_sentence_and_an_exit_code(
    url: str, files: str, status: int, said: str,
    operator: Operator, legacy: LegacyDatabase, home: Home,
) -> None:  # fmt: skip
    places = {"legacy": legacy.url, "outputs": home.outputs}
    ended = await operator.says(
        f".venv/bin/darkroom import-legacy --from {url.format(**places)}"
        f" --files {files.format(**places)}"
    )
    assert ended.status == status
    assert said in " ".join(ended.err.replace("│", " ").split())
    assert await home.users() == []


async def test_a_darkroom_without_tables_says_what_to_run(
    operator: Operator, legacy: LegacyDatabase, home: Home
) -> None:
    operator.environment["DATABASE_URL"] = (
        legacy.url.replace("postgresql://", "postgresql+asyncpg://")
        .replace("legacy_reader@", "postgres@")
        .rpartition("/")[0]
        + "/postgres"
    )
    ended = await operator.says(
        f".venv/bin/darkroom import-legacy --from {legacy.url} --files {home.outputs}"
    )
    assert (ended.status, ended.err.splitlines()[-1]) == (
        1,
        "The database has no tables yet. Run `darkroom migrate`.",
    )


async def test_an_operator_is_still_the_first_after_an_import(
    legacy: LegacyDatabase, home: Home
) -> None:
    await home.bring(legacy)
    async with transaction(home.sessions) as session:
        assert (await user_named(session, "operator")).is_admin
        assert not (await user_named(session, "anna")).is_admin
