"""`darkroom` at a terminal and in scripts: what it prints, and where, and how it ends."""

import asyncio
import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.infrastructure.bucket import ACCESS_KEY, SECRET_KEY, BucketServer

REPOSITORY = Path(__file__).parents[2]
NOWHERE = "postgresql+asyncpg://nobody@127.0.0.1:1/none"


@dataclass
class Ended:
    status: int
    out: str
    err: str


async def darkroom(
    *arguments: str, environment: Mapping[str, str] | None = None, told: str = ""
) -> Ended:
    """`told` on standard input."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "deploy.cli", *arguments,
        cwd=REPOSITORY, env={"PATH": "/usr/bin:/bin", **(environment or {})},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(60):
        out, err = await process.communicate(told.encode())
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())


async def test_a_token_is_printed_alone_and_its_user_made(database_url: str) -> None:
    given = {"DATABASE_URL": database_url}
    made = await darkroom(
        "token", "create", "--name", "script", "--user", "anna", environment=given
    )
    assert re.fullmatch(r"dk_[\w-]{43}\n", made.out)
    assert made.status == 0
    listed = await darkroom("token", "list", environment=given)
    assert "anna*" in listed.out
    assert made.out.strip() not in listed.out


async def test_a_kept_token_is_made_anew_only_when_it_lets_nobody_in(database_url: str) -> None:
    given = {"DATABASE_URL": database_url}
    command = ("token", "create", "--name", "link", "--unless-known")
    first = await darkroom(*command, environment=given)
    again = await darkroom(*command, environment=given, told=first.out)
    assert (first.status, again.out) == (0, first.out)
    another = await darkroom(*command, environment=given, told="dk_of_another_database")
    assert re.fullmatch(r"dk_[\w-]{43}\n", another.out)
    assert another.out != first.out


async def test_a_revoked_token_is_gone_and_an_unknown_one_is_said(database_url: str) -> None:
    given = {"DATABASE_URL": database_url}
    await darkroom("token", "create", "--name", "old", environment=given)
    listed = await darkroom("token", "list", environment=given)
    found = re.search(r"[0-9a-f]{8}-[0-9a-f-]{27}", listed.out)
    assert found is not None
    assert (await darkroom("token", "revoke", found[0], environment=given)).status == 0
    again = await darkroom("token", "revoke", found[0], environment=given)
    assert (again.status, again.err) == (
        1,
        f"There is no token {found[0]}; `darkroom token list` shows them.\n",
    )


@pytest.mark.parametrize("service", ["gateway", "dispatcher", "content", "notifier"])
async def test_a_missing_setting_is_named_without_a_traceback(service: str) -> None:
    ended = await darkroom(service)
    assert ended.status == 2
    assert "DATABASE_URL: Field required. See .env.example.\n" in ended.err
    assert "Traceback" not in ended.err


async def test_a_wrong_setting_is_named_without_a_traceback() -> None:
    given = {"AMQP_URL": "amqp://127.0.0.1:1/", "WORKER_ID": "a.b", "COMFYUI_URL": "nonsense"}
    ended = await darkroom("worker", environment=given)
    assert ended.status == 2
    assert "WORKER_ID" in ended.err
    assert "COMFYUI_URL" in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize("service", ["gateway", "worker", "content"])
async def test_a_media_url_that_cannot_be_read_is_said_without_its_keys(service: str) -> None:
    given = {
        "DATABASE_URL": NOWHERE, "AMQP_URL": "amqp://127.0.0.1:1/",
        "MEDIA_URL": "s3+https://my-key:hush/hush@minio/bucket",
    }  # fmt: skip
    ended = await darkroom(service, environment=given)
    assert ended.status == 2
    assert "MEDIA_URL cannot be read: it must be like s3+https://KEY:SECRET@host" in ended.err
    assert "hush" not in ended.err
    assert "Traceback" not in ended.err


async def test_make_run_says_what_is_wrong_before_it_starts_anything(tmp_path: Path) -> None:
    data = tmp_path / "data"
    given = {"DATA_DIR": str(data), "WORKER_ID": "a.b", "COMFYUI_URL": "nonsense"}
    ended = await darkroom("run", environment=given)
    assert ended.status == 2
    assert "WORKER_ID" in ended.err
    assert "COMFYUI_URL" in ended.err
    assert "Traceback" not in ended.err
    assert not data.exists()


async def test_a_broken_workflow_stops_the_start_with_file_and_line(tmp_path: Path) -> None:
    broken = tmp_path / "mine"
    broken.mkdir()
    graph = {"1": {"class_type": "EmptyImage", "inputs": {}}}
    (broken / "graph.json").write_text(json.dumps(graph))
    (broken / "manifest.yaml").write_text("name: mine\ntitle: [unclosed\n")
    given = {
        "AMQP_URL": "amqp://127.0.0.1:1/", "WORKER_ID": "gpu-1", "WORKFLOWS_DIR": str(tmp_path),
    }  # fmt: skip
    ended = await darkroom("worker", environment=given)
    assert ended.status == 2
    assert re.search(r"manifest\.yaml:\d+", ended.err)
    assert "Traceback" not in ended.err


async def test_the_doctor_says_what_is_wrong_and_what_to_do() -> None:
    ended = await darkroom(
        "doctor",
        environment={
            "DATABASE_URL": NOWHERE, "AMQP_URL": "amqp://127.0.0.1:1/",
            "COMFYUI_URL": "http://127.0.0.1:1",
        },
    )  # fmt: skip
    assert ended.status == 1
    said = " ".join(ended.out.split())
    for sentence in (
        "✗ Database: it does not answer. Is DATABASE_URL right, and the server up?",
        "✗ Broker: RabbitMQ does not answer. Is AMQP_URL right, and it up?",
        "✗ ComfyUI: nothing that speaks its protocol at http://127.0.0.1:1.",
        "✓ Workflows: solid_color, text_to_image.",
    ):
        assert sentence in said


async def test_the_doctor_tries_the_bucket_and_shows_no_key(
    bucket_server: BucketServer, bucket_url: str
) -> None:
    bucket = bucket_url.rpartition("/")[2]
    place = f"s3://{bucket} at http://127.0.0.1:{bucket_server.port}"
    ended = await darkroom("doctor", environment={"MEDIA_URL": bucket_url})
    said = " ".join(ended.out.split())
    assert f"✓ Media store: {place} can be written; no limit known." in said

    gone = await darkroom("doctor", environment={"MEDIA_URL": bucket_server.url("not-there")})
    assert gone.status == 1
    said = " ".join(gone.out.split())
    assert "the media store: there is no such bucket. Is MEDIA_URL right?" in said
    assert SECRET_KEY not in ended.out + gone.out
    assert ACCESS_KEY not in ended.out + gone.out


async def test_a_database_without_tables_says_what_to_run(postgres_server: object) -> None:
    url = postgres_server.url("postgres")  # type: ignore[attr-defined]
    ended = await darkroom("token", "list", environment={"DATABASE_URL": url})
    assert (ended.status, ended.err) == (
        1,
        "The database has no tables yet. Run `darkroom migrate`.\n",
    )


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (["--name", ""], "must not be empty"),
        (["--name", "  "], "must not be empty"),
        (["--name", "x" * 101], "must have at most 100 characters"),
        (["--name", "a\nb"], "must not contain control characters"),
        (["--name", "a", "--user", ""], "must not be empty"),
        (["--name", "a", "--user", "\x7f"], "must not contain control characters"),
        (["--name", "a", "--user", "\udcff"], "must not contain control characters"),
    ],
)
async def test_a_token_or_user_must_have_a_name(given: list[str], sentence: str) -> None:
    ended = await darkroom("token", "create", *given, environment={"DATABASE_URL": NOWHERE})
    assert ended.status == 2
    assert sentence in " ".join(ended.err.replace("│", " ").split())
    assert "Traceback" not in ended.err
