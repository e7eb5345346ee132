"""Tokens → identities, remembered for a few seconds: a revoked token is refused soon after."""

import time
from dataclasses import dataclass

from shared.auth import Identity, identity_of, token_sha256
from shared.db.engine import Sessions, transaction
from shared.db.tokens import note_use

MOST_REMEMBERED = 10_000


@dataclass(frozen=True)
class _Known:
    identity: Identity
    until: float  # of time.monotonic()


class Identities:
    def __init__(self, sessions: Sessions, *, seconds: float) -> None:
        self._sessions = sessions
        self._seconds = seconds
        self._known: dict[bytes, _Known] = {}

    async def of(self, token: str) -> Identity | None:
        """Raises DatabaseUnavailable."""
        key = token_sha256(token)
        known = self._known.get(key)
        if known is not None and time.monotonic() < known.until:
            return known.identity
        self._known.pop(key, None)
        async with transaction(self._sessions) as session:
            identity = await identity_of(session, token)
            if identity is not None:
                await note_use(session, identity.token_id)
        if identity is not None:
            self._remember(key, identity)
        return identity

    def _remember(self, key: bytes, identity: Identity) -> None:
        if len(self._known) >= MOST_REMEMBERED:
            self._known.clear()
        self._known[key] = _Known(identity, time.monotonic() + self._seconds)

    def forget(self) -> None:
        """A token was revoked through this process: nobody is believed without a look."""
        self._known.clear()
