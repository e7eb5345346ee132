"""What an import read, wrote and could not bring: counted, and every loss named."""

from collections import Counter
from dataclasses import dataclass, field, fields
from typing import Any

from shared.db.imported import LegacyKey


@dataclass(slots=True)
class Count:
    """written + already = read − merged − refused + split + made, always."""

    read: int = 0
    merged: int = 0  # told of twice
    refused: int = 0
    split: int = 0  # more jobs, for the further images of one
    made: int = 0  # jobs for content without; content for images without
    already: int = 0  # by an earlier import
    written: int = 0

    @property
    def is_whole(self) -> bool:
        expected = self.read - self.merged - self.refused + self.split + self.made
        return self.written + self.already == expected


@dataclass(frozen=True, slots=True)
class Named:
    table: str
    id: int | str
    why: str
    path: str | None = None


@dataclass(slots=True)
class Report:
    stage: str
    is_dry_run: bool
    users: Count = field(default_factory=Count)
    jobs: Count = field(default_factory=Count)
    items: Count = field(default_factory=Count)
    relinked: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)  # jobs written, by status or error code
    refused: list[Named] = field(default_factory=list)
    missing_files: list[Named] = field(default_factory=list)
    damaged_files: list[Named] = field(default_factory=list)  # copied all the same
    without_content: list[Named] = field(default_factory=list)
    left_out: list[Named] = field(default_factory=list)  # values too large, tags, bookmarks
    left_behind: Counter[str] = field(default_factory=Counter)  # what Darkroom has no place for
    renamed_users: dict[str, str] = field(default_factory=dict)
    files_copied: int = 0
    bytes_copied: int = 0
    files_found: int = 0  # of items that came without theirs before

    def refuse(self, count: Count, key: LegacyKey, why: str) -> None:
        count.refused += 1
        self.refused.append(Named(key.table, key.id, why))

    @property
    def lost(self) -> int:
        """What did not come whole; each of it is named in this report."""
        return sum(
            map(len, (self.refused, self.missing_files, self.without_content, self.left_out))
        )

    def as_json(self) -> dict[str, Any]:
        """For orjson, which knows what is in it."""
        return {"lost": self.lost, **{one.name: getattr(self, one.name) for one in fields(self)}}
