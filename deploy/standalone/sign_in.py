"""The token in the link that `make run` prints: the same at every start, kept in DATA_DIR."""

import os
from pathlib import Path

from sqlalchemy import select

from shared.auth import token_sha256
from shared.db.engine import Sessions, transaction
from shared.db.tables import ApiToken
from shared.db.tokens import create_token, user_named

USER = "me"
NAME = "link of make run"


async def sign_in_token(sessions: Sessions, data_dir: Path) -> str:
    """A kept token that was revoked, or belongs to another database, is replaced."""
    kept = data_dir / "sign-in-token"
    async with transaction(sessions) as session:
        if kept.exists():
            token = kept.read_text().strip()
            known = select(ApiToken.id).where(ApiToken.token_sha256 == token_sha256(token))
            if await session.scalar(known) is not None:
                return token
        user = await user_named(session, USER)
        made = await create_token(session, user_id=user.id, name=NAME)
        _write_private(kept, made.token)
    return made.token


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
