"""How much, and how long, any one connection may be."""

import resource
from dataclasses import dataclass

from shared.errors import Invalid, Refused, Unavailable

MOST_FILES = 65_536
OWN_FILES = 256  # that are no client's: database, broker, media


@dataclass(frozen=True)
class Limits:
    """Seconds, but where it says otherwise."""

    head_bytes: int = 64 * 1024
    headers: int = 256
    connections: int = 10_000
    head: float = 20.0  # from its first byte to its last
    body: float = 30.0
    idle: float = 75.0  # between requests: longer than pooled clients keep a connection
    unread: float = 60.0  # that an answer waits for a client that takes none of it
    farewell: float = 2.0  # from our last word to the end


class NotHttp(Refused):
    code = "not_http"


class HeadTooLarge(Refused):
    code, status = "head_too_large", 431


class HeadTooSlow(Refused):
    code, status = "head_too_slow", 408


class BodyTooSlow(Refused):
    code, status = "body_too_slow", 408


class TooManyConnections(Unavailable):
    code = "too_many_connections"


class PortTaken(Invalid):
    code = "port_taken"


def most_connections(wanted: int) -> int:
    """As many of them as this process may have files open for: a relayed socket needs two."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    possible = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < possible:
        resource.setrlimit(resource.RLIMIT_NOFILE, (possible, hard))
        soft = possible
    files = MOST_FILES if soft == resource.RLIM_INFINITY else soft
    return max(1, min(wanted, (files - OWN_FILES) // 2))
