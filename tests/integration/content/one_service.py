"""A content service of its own, without its loops."""

import asyncio
from dataclasses import dataclass, field

from services.content.ingest import Ingest
from shared.db.engine import Sessions
from shared.media import MediaStore
from tests.infrastructure.recording_bus import RecordingBus


@dataclass
class Content:
    """What it would do next is noted."""

    sessions: Sessions
    media: MediaStore
    bus: RecordingBus = field(default_factory=RecordingBus)
    items: list[int] = field(default_factory=list)
    refusals: int = 0

    def __post_init__(self) -> None:
        self.ingest = Ingest(
            sessions=self.sessions,
            bus=self.bus,
            media=self.media,
            decoding=asyncio.Semaphore(2),
            on_item=self.items.append,
            on_refusal=self._refused,
        )
        self.take = self.ingest.take

    def _refused(self) -> None:
        self.refusals += 1
