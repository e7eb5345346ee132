"""The secrets of a compose project, made where they are missing: `make up` runs it every time.

Each is a file in a folder that only its owner can enter. The files themselves can be read by all,
as the processes in the containers are other users; they see only those that they are given.
"""

import json
import os
import secrets
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from deploy.compose.rabbitmq import definitions, permissions

POSTGRES_ROLES = ("postgres", "darkroom_owner", "darkroom")
RABBITMQ_DEFINITIONS = "rabbitmq_definitions.json"


def make_missing(folder: Path, *, draw: Callable[[], str] = lambda: secrets.token_hex(24)) -> None:
    """Whatever is there stays, so that a start in the middle of another, or after one that was
    killed, has the same secrets. What follows from them is written anew."""
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)
    roles = {role: _kept(folder / f"{role}_password", draw) for role in POSTGRES_ROLES}
    users = {user: _kept(folder / f"amqp_{user}_password", draw) for user in permissions}
    for name, content in _derived(roles, users).items():
        _replace(folder / name, content)


def _derived(roles: Mapping[str, str], users: Mapping[str, str]) -> dict[str, str]:
    return {
        "migrate_database_url": _database_url("darkroom_owner", roles),
        "database_url": _database_url("darkroom", roles),
        **{
            f"{user}_amqp_url": f"amqp://{user}:{password}@rabbitmq/"
            for user, password in users.items()
        },
        RABBITMQ_DEFINITIONS: json.dumps(definitions(users), indent=1),
    }


def _database_url(role: str, roles: Mapping[str, str]) -> str:
    return f"postgresql+asyncpg://{role}:{roles[role]}@postgres/darkroom"


def _kept(path: Path, draw: Callable[[], str]) -> str:
    if not path.exists():
        _replace(path, draw())
    return path.read_text().strip()


def _replace(path: Path, content: str) -> None:
    """In one step: nobody reads half a secret."""
    new = path.with_name(f".{path.name}.{os.getpid()}")
    new.write_text(content)
    new.chmod(0o444)
    new.replace(path)


if __name__ == "__main__":
    make_missing(Path(sys.argv[1]))
