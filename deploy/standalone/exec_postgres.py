"""Become another program that dies with its parent: `RUN_AS SIGNAL PARENT COMMAND ...`.

RUN_AS    plain | namespace | nobody: who the command is, for PostgreSQL refuses to run as root
SIGNAL    number of the signal that the command gets when its parent dies; 0 for none
PARENT    process id of the parent
A program of its own and no `preexec_fn`: that one is not safe beside threads.
"""

import ctypes
import os
import pwd
import sys
from pathlib import Path

CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1


def enter_user_namespace() -> None:
    """Be uid 65534 in here, while the files stay those of the user outside."""
    libc = ctypes.CDLL(None, use_errno=True)
    uid, gid = os.geteuid(), os.getegid()
    if libc.unshare(CLONE_NEWUSER) != 0:
        sys.exit(f"unshare: {os.strerror(ctypes.get_errno())}")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"65534 {uid} 1")
    Path("/proc/self/gid_map").write_text(f"65534 {gid} 1")


def become_nobody() -> None:
    nobody = pwd.getpwnam("nobody")
    os.setgroups([])
    os.setgid(nobody.pw_gid)
    os.setuid(nobody.pw_uid)


def die_with(parent: int, signal_number: int) -> None:
    if sys.platform == "linux" and signal_number:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal_number)
    if os.getppid() != parent:  # it died before we could ask to be told
        sys.exit("the parent is gone")


def main(run_as: str, signal_number: str, parent: str, *command: str) -> None:
    if run_as == "namespace":
        enter_user_namespace()
    elif run_as == "nobody":
        become_nobody()
    # Last, because a change of user clears it.
    die_with(int(parent), int(signal_number))
    try:
        os.execv(command[0], command)  # noqa: S606 - there is no shell, and none is wanted
    except OSError as error:
        sys.exit(f"{command[0]} cannot be run as {run_as}: {error.strerror}")


if __name__ == "__main__":
    main(*sys.argv[1:])
