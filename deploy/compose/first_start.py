"""The secrets of a compose project, made where they are missing: `make up` runs it every time.

Each is a file in a folder that only its owner can enter. The files themselves can be read by all,
as the processes in the containers are other users; they see only those that they are given.
"""

import json
import os
import secrets
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
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
    """Of two that draw at once the first one's counts."""
    if not path.exists():
        with _written(path.parent, draw()) as new, suppress(FileExistsError):
            os.link(new, path)
    kept = path.read_text().strip()
    if not kept:
        raise OSError(f"{path.name} is empty: bring its password back, or remove it")
    return kept


def _replace(path: Path, content: str) -> None:
    """In one step: nobody reads half a secret."""
    with _written(path.parent, content) as new:
        os.replace(new, path)


@contextmanager
def _written(folder: Path, content: str) -> Iterator[str]:
    """A file under a name of its own, which is gone afterwards."""
    descriptor, name = tempfile.mkstemp(dir=folder, prefix=".new-")
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(content)
        os.chmod(name, 0o444)
        yield name
    finally:
        with suppress(FileNotFoundError):
            os.unlink(name)


if __name__ == "__main__":
    try:
        make_missing(Path(sys.argv[1]))
    except OSError as error:
        sys.exit(f"The secrets in .secrets/ cannot be made or read: {error}. Whose are they?")
