"""RabbitMQ's users, and the least that each of them may do: pure, and of the standard library only.

A resource is a queue or an exchange of ours; RabbitMQ calls the default exchange `amq.default`.

configure   declare and delete. Exchanges nobody: they come with the definitions
write       publish to an exchange, bind a queue, name an exchange as where dead letters go
read        consume a queue, bind it to an exchange, let it have dead letters
"""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from typing import Any, NamedTuple

VIRTUAL_HOST = "/"
EXCHANGES = {
    "darkroom.work": "direct",
    "darkroom.control": "topic",
    "darkroom.reports": "direct",
    "darkroom.events": "topic",
}
SALT_BYTES = 4  # RabbitMQ's own measure


class Permission(NamedTuple):
    """Three regular expressions, anchored: RabbitMQ looks for a match anywhere in a name."""

    configure: str
    write: str
    read: str


# Whoever consumes a queue declares it and the queue of its dead letters, which the default exchange
# takes there. A worker's own queues bear its id; dead letters are not for workers to read.
_A_WORKERS_OWN = r"control\..+|generate\.(?!dead$).+"

permissions: Mapping[str, Permission] = {
    "dispatcher": Permission(
        configure=r"^(heartbeats|reports|(generate|reports|outputs)\.dead)$",
        # The reports exchange for a dead letter that an admin wants tried again.
        write=r"^(heartbeats|reports|darkroom\.(work|control|events|reports)|amq\.default)$",
        read=r"^(heartbeats|reports|(generate|reports|outputs)\.dead|darkroom\.reports)$",
    ),
    "worker": Permission(
        configure=r"^(control|generate)\..+$",
        write=rf"^({_A_WORKERS_OWN}|darkroom\.reports|amq\.default)$",
        read=rf"^({_A_WORKERS_OWN}|darkroom\.(work|control))$",
    ),
    "content": Permission(
        configure=r"^outputs(\.dead)?$",
        write=r"^(outputs|darkroom\.reports|amq\.default)$",
        read=r"^(outputs|darkroom\.reports)$",
    ),
    "notifier": Permission(
        configure=r"^live\..+$",
        write=r"^live\..+$",
        read=r"^(live\..+|darkroom\.(events|reports))$",
    ),
}


def definitions(passwords: Mapping[str, str]) -> dict[str, Any]:
    """What RabbitMQ imports at its start: `load_definitions`. Takes a password for each user.

    The salts are new each time, so no two documents are alike."""
    return {
        "vhosts": [{"name": VIRTUAL_HOST}],
        "users": [
            {
                "name": user,
                "password_hash": password_hash(
                    passwords[user], salt=secrets.token_bytes(SALT_BYTES)
                ),
                "hashing_algorithm": "rabbit_password_hashing_sha256",
                "tags": [],
            }
            for user in permissions
        ],
        "permissions": [
            {"user": user, "vhost": VIRTUAL_HOST, **permission._asdict()}
            for user, permission in permissions.items()
        ],
        "exchanges": [
            {
                "name": name,
                "vhost": VIRTUAL_HOST,
                "type": kind,
                "durable": True,
                "auto_delete": False,
                "internal": False,
                "arguments": {},
            }
            for name, kind in EXCHANGES.items()
        ],
    }


def password_hash(password: str, *, salt: bytes) -> str:
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()
