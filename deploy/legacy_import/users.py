"""Legacy users: they come without a password, and an operator gives them access; pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from deploy.legacy_import.jobs import begun_at
from deploy.legacy_import.values import in_utc, read_json, text_of
from shared.db.imported import ImportedUser, KnownUser
from shared.names import LONGEST_NAME, NotAName, a_name

LEFT_BEHIND = ("email", "preferences", "is_active")  # Darkroom has no place for them


@dataclass(frozen=True, slots=True)
class LegacyUser:
    id: UUID
    name: str
    user: ImportedUser
    left_behind: tuple[str, ...]


def user_of(row: Mapping[str, Any]) -> LegacyUser:
    times = {name: in_utc(row[name]) for name in ("created_at", "updated_at")}
    name = _usable_name(text_of(row["username"]), row["id"])
    preferences = read_json(row["preferences"])
    said = {
        "email": row["email"],
        "preferences": preferences,
        "is_active": "false" if row["is_active"] is False else None,
    }
    return LegacyUser(
        id=row["id"],
        name=text_of(row["username"]),
        user=ImportedUser(row["id"], name, row["id"], begun_at(times)),
        left_behind=tuple(name for name in LEFT_BEHIND if said[name]),
    )


def _usable_name(name: str, legacy_id: UUID) -> str:
    try:
        return a_name(name)
    except NotAName:
        cleaned = "".join(one for one in name if one.isprintable())[:LONGEST_NAME].strip()
        return cleaned or f"imported-{str(legacy_id)[:8]}"


def named_apart(
    users: Iterable[ImportedUser], known: Iterable[KnownUser], *, reserved: str
) -> list[ImportedUser]:
    """Those who are not there yet. A name that somebody else has gets a word behind it: nobody
    comes into what is another person's by being called the same."""
    there = list(known)
    taken = {reserved, *(one.name for one in there)}
    ids = {one.id for one in there}
    arrived = {one.legacy_id for one in there}
    new = []
    for user in users:
        if user.legacy_id in arrived:
            continue
        name = _free_name(user.name, taken)
        taken.add(name)
        new.append(ImportedUser(_free_id(user, ids), name, user.legacy_id, user.created_at))
    return new


def _free_name(name: str, taken: set[str]) -> str:
    attempt, number = name, 1
    while attempt in taken:
        word = " (imported)" if number == 1 else f" (imported {number})"
        attempt = name[: LONGEST_NAME - len(word)] + word
        number += 1
    return attempt


def _free_id(user: ImportedUser, ids: set[UUID]) -> UUID:
    return UUID(int=user.id.int ^ 1) if user.id in ids else user.id
