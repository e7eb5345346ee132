"""Whether what the gateway needs answers, asked at most every two seconds: anybody may ask us."""

import asyncio
from urllib.parse import urlsplit

from gateway.discovery.schemas import ReadyView
from shared.db.engine import Sessions, reachable
from shared.errors import Unavailable
from shared.media import MediaStore
from shared.process import Check, failing
from shared.remembered import Remembered

LASTS_SECONDS = 2.0


class NotifierUnreachable(Unavailable):
    code = "notifier_unreachable"


class Readiness:
    """Without the notifier jobs are still accepted and pages still load: that is degraded."""

    def __init__(self, sessions: Sessions, media: MediaStore, *, notifier_url: str) -> None:
        self._sessions = sessions
        self._media = media
        self._notifier_url = notifier_url
        self._remembered = Remembered(self._ask, lasts_seconds=LASTS_SECONDS)

    def needed_checks(self) -> dict[str, Check]:
        return {"database": lambda: reachable(self._sessions), "media": self._media.reachable}

    async def now(self) -> ReadyView:
        return await self._remembered.now()

    async def _ask(self) -> ReadyView:
        checks = self.needed_checks()
        # Only their names: the reasons are the operator's, in the log and internally.
        failed = await failing(checks | {"notifier": self._check_notifier})
        needed = [name for name in checks if name in failed]
        return ReadyView(
            status="unready" if needed else "ok",
            failing=needed,
            degraded=[name for name in failed if name not in checks],
        )

    async def _check_notifier(self) -> None:
        address = urlsplit(self._notifier_url)
        port = address.port or (443 if address.scheme == "wss" else 80)
        try:
            _, writer = await asyncio.open_connection(address.hostname, port)
        except OSError as error:
            raise NotifierUnreachable("the notifier does not answer") from error
        writer.close()
