"""The secrets of a compose project: drawn once, kept for ever, closed to others."""

import base64
import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from deploy.compose.first_start import make_missing
from deploy.compose.rabbitmq import password_hash


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_each_password_is_another_and_nobody_else_can_enter(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"

    make_missing(folder)

    made = contents(folder)
    passwords = [text for name, text in made.items() if name.endswith("_password")]
    assert len(set(passwords)) == len(passwords) == 7
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert made["database_url"] == (
        f"postgresql+asyncpg://darkroom:{made['darkroom_password']}@postgres/darkroom"
    )
    assert made["worker_amqp_url"] == f"amqp://worker:{made['amqp_worker_password']}@rabbitmq/"


def test_what_is_there_is_kept(tmp_path: Path) -> None:
    make_missing(tmp_path)
    before = contents(tmp_path)

    make_missing(tmp_path)

    salted = "rabbitmq_definitions.json"
    assert contents(tmp_path) | {salted: ""} == before | {salted: ""}


def test_a_start_that_was_killed_half_way_is_finished(tmp_path: Path) -> None:
    drawn = iter(["one", "two"])

    with pytest.raises(StopIteration):
        make_missing(tmp_path, draw=lambda: next(drawn))
    make_missing(tmp_path)

    made = contents(tmp_path)
    assert (made["postgres_password"], made["darkroom_owner_password"]) == ("one", "two")
    assert not [name for name in made if name.startswith(".")]


def test_an_empty_password_is_said(tmp_path: Path) -> None:
    (tmp_path / "postgres_password").touch()

    with pytest.raises(OSError, match="postgres_password is empty"):
        make_missing(tmp_path)


def test_two_starts_at_once_have_the_same_secrets(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: make_missing(tmp_path), range(40)))

    made = contents(tmp_path)
    assert made["darkroom_password"] in made["database_url"]
    assert made["amqp_content_password"] in made["content_amqp_url"]
    assert not [name for name in made if name.startswith(".")]


def test_rabbitmq_is_told_the_same_passwords(tmp_path: Path) -> None:
    make_missing(tmp_path)

    made = contents(tmp_path)
    for user in json.loads(made["rabbitmq_definitions.json"])["users"]:
        salt = password_salt(user["password_hash"])
        assert user["password_hash"] == password_hash(
            made[f"amqp_{user['name']}_password"], salt=salt
        )


def password_salt(hashed: str) -> bytes:
    return base64.b64decode(hashed)[:4]
