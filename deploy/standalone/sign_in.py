"""The token in the link that `make run` prints: the same at every start, kept in DATA_DIR."""

import os
from pathlib import Path

from shared.db.engine import Sessions, transaction
from shared.db.tokens import kept_or_new_token

USER = "me"
NAME = "link of make run"


async def sign_in_token(sessions: Sessions, data_dir: Path) -> str:
    file = data_dir / "sign-in-token"
    kept = file.read_text().strip() if file.exists() else None
    async with transaction(sessions) as session:
        token = await kept_or_new_token(session, kept, user=USER, name=NAME)
        if token != kept:
            _write_private(file, token)
    return token


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
