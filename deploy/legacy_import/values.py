"""Legacy values as PostgreSQL and JSON of today take them: no NUL, no half characters, UTC."""

import json
import math
from datetime import UTC, datetime
from typing import Any

import orjson

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
# Deeper JSON cannot be written again; only what has so many brackets is looked at.
MOST_BRACKETS = 200
LARGEST_SAFE_ID = 2**53 - 1  # beyond it a browser cannot say the address


def read_json(raw: str | None) -> Any:
    """None for SQL's and for JSON's null. JSON that cannot be written again is kept as text."""
    if raw is None:
        return None
    try:
        value = orjson.loads(raw)
        if "\\u0000" in raw:
            value = usable(value)
        elif raw.count("[") + raw.count("{") < MOST_BRACKETS:
            return value
        return value if _is_shallow(value) else text_of(raw)
    except orjson.JSONDecodeError:
        # What `json` columns hold and orjson refuses: half a surrogate pair, endless numbers.
        return _read_any_json(raw)


def _read_any_json(raw: str) -> Any:
    try:
        value = usable(json.loads(raw))
    except (ValueError, RecursionError):
        return text_of(raw)
    return value if _is_shallow(value) else text_of(raw)


def _is_shallow(value: Any) -> bool:
    """With room for the rows around it."""
    try:
        orjson.dumps([[[[[[[[value]]]]]]]])
    except TypeError:
        return False
    return True


def usable(value: Any) -> Any:
    """The same, of what can be written again. Raises RecursionError."""
    match value:
        case str():
            return text_of(value)
        case dict():
            return {text_of(name): usable(one) for name, one in value.items()}
        case list():
            return [usable(one) for one in value]
        case float() if not math.isfinite(value):
            return str(value)
        case int() if not -(2**63) <= value < 2**64:
            return str(value)
        case _:
            return value


def text_of(text: str | None) -> str:
    """Without what neither text nor jsonb can hold."""
    if not text:
        return ""
    whole = text if text.isprintable() else text.encode("utf-8", "replace").decode()
    return whole.replace("\0", REPLACEMENT)


def in_utc(moment: datetime | None) -> datetime | None:
    """The legacy application wrote UTC and did not say so."""
    if moment is None:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
