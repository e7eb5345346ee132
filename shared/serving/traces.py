"""The id that a request has in every answer, log line and message that comes of it."""

import re
import secrets

_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(-.*)?")
_NO_TRACE = "0" * 32


def trace_id_in(traceparent: str) -> str:
    """The caller's, if it sends a valid W3C traceparent, else a new one."""
    match = _TRACEPARENT.fullmatch(traceparent) if traceparent else None
    if match is None or match[1] == _NO_TRACE:
        return secrets.token_hex(16)
    return match[1]


def traceparent_of(trace_id: str) -> str:
    return f"00-{trace_id}-{secrets.token_hex(8)}-01"
