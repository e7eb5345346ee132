"""What lies in the directory of an embedded PostgreSQL, and whose it is.

lock            one Darkroom a directory: its holder is the only one who touches the rest
data/           the cluster; made as data.init/ and renamed once it is whole
run/            the Unix socket (in the system's temporary directory where a path here is too long)
postgres.log
"""

import fcntl
import hashlib
import os
import pwd
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from deploy.standalone.postgres_process import MAJOR, PostgresUnusable

LOG_BYTES = 10 * 2**20
SOCKET_BYTES = 107  # what sun_path of Linux holds beside its final zero
UNSPEAKABLE = set(',:"')  # with a meaning of their own in a list of hosts or of directories


class DirectoryInUse(PostgresUnusable):
    pass


class OtherMajorVersion(PostgresUnusable):
    pass


def lock(directory: Path) -> IO[bytes]:
    """Held until the file is closed, at the latest by the end of this process."""
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        held = (directory / "lock").open("wb")
    except OSError as error:
        raise PostgresUnusable(f"{directory} cannot be written: {error.strerror}.") from error
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        held.close()
        raise DirectoryInUse(
            f"Another Darkroom is running on this DATA_DIR ({directory} is locked)."
        ) from error
    return held


def socket_directory(directory: Path) -> Path:
    here = directory / "run"
    longest = here / ".s.PGSQL.65535"
    if len(os.fsencode(longest)) <= SOCKET_BYTES and not UNSPEAKABLE & set(str(here)):
        return here
    digest = hashlib.sha256(os.fsencode(directory)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"darkroom-{digest}"


def make_private(directory: Path) -> None:
    directory.mkdir(mode=0o700, exist_ok=True)
    found = directory.lstat()
    ours = found.st_uid in {os.geteuid(), pwd.getpwnam("nobody").pw_uid}
    # In a temporary directory anybody may have made it first, and would hear every password.
    if not stat.S_ISDIR(found.st_mode) or not ours or found.st_mode & 0o077:
        raise PostgresUnusable(f"{directory} belongs to somebody else or is open to others.")


def give(path: Path, owner: pwd.struct_passwd) -> None:
    """Change the owner of a directory and all in it; nothing to do where it has that owner."""
    if not path.exists() or path.stat().st_uid == owner.pw_uid:
        return
    for folder, _, names in os.walk(path, topdown=False):
        for name in names:
            os.chown(Path(folder, name), owner.pw_uid, owner.pw_gid, follow_symlinks=False)
        # A folder after its content, so that an interruption is made good by the next start.
        os.chown(folder, owner.pw_uid, owner.pw_gid)


def check_version(data: Path) -> None:
    found = (data / "PG_VERSION").read_text().strip()
    if found != MAJOR:
        raise OtherMajorVersion(
            f"{data} was made by PostgreSQL {found}, and this Darkroom brings PostgreSQL {MAJOR}."
            " Use another DATA_DIR, or carry the data over with pg_dump and psql."
        )


def servers_in(data: Path) -> Iterator[int]:
    """Process ids of PostgreSQL servers that use this cluster: each has it as working directory.

    postmaster.pid does not tell: its number may be anybody's by now."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            uses = (process / "cwd").readlink() == data
            if uses and (process / "comm").read_text().strip() == "postgres":
                yield int(process.name)
        except OSError:
            continue  # gone meanwhile, or another user's


def open_log(path: Path) -> IO[bytes]:
    """For appending; once too long it is put aside, and only one old one is kept."""
    if path.exists() and path.stat().st_size > LOG_BYTES:
        path.replace(path.with_suffix(".log.1"))
    return path.open("ab")
