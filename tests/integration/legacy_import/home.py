"""The Darkroom that a legacy database is brought to, and the folder with its files."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from deploy.legacy_import.paths import root_of
from deploy.legacy_import.report import Report
from deploy.legacy_import.run import Wanted, import_legacy
from shared.db.engine import Sessions
from shared.db.tables import ContentItem, Job, User
from shared.media import MediaStore
from tests.integration.legacy_import.legacy_database import LegacyDatabase
from tests.unit.content.pictures import picture

OLD = "/srv/old/output"  # as the database writes it


@dataclass
class Home:
    sessions: Sessions
    media: MediaStore
    outputs: Path

    def image(self, name: str, *, seed: int = 1) -> bytes:
        """A file of the old output directory."""
        data = picture(seed=seed)
        path = self.outputs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return data

    async def bring(self, legacy: LegacyDatabase, **wanted: Any) -> Report:
        roots = wanted.pop("roots", None) or [root_of(f"{OLD}={self.outputs}")]
        report = await import_legacy(
            Wanted(legacy.url, roots, **wanted),
            sessions=self.sessions,
            media=self.media,
            on_progress=lambda done, total: None,
        )
        assert report.users.is_whole, report.users
        assert report.jobs.is_whole, report.jobs
        assert report.items.is_whole, report.items
        return report

    async def jobs(self) -> dict[tuple[str, int], Job]:
        async with self.sessions.begin() as session:
            rows = (await session.scalars(select(Job))).all()
        return {(row.legacy_table or "", row.legacy_id or 0): row for row in rows}

    async def items(self) -> dict[tuple[str, int], ContentItem]:
        async with self.sessions.begin() as session:
            rows = (await session.scalars(select(ContentItem))).all()
        return {(row.legacy_table or "", row.legacy_id or 0): row for row in rows}

    async def users(self) -> Sequence[User]:
        async with self.sessions.begin() as session:
            return (await session.scalars(select(User).order_by(User.name))).all()
