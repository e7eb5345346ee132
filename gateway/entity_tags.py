"""Whether a client has it already (RFC 9110, 13.1.2)."""

from collections.abc import Mapping


def is_unchanged(headers: Mapping[str, str], entity_tag: str) -> bool:
    """What If-None-Match says, which compares weakly. `entity_tag` without quotes."""
    asked = [tag.strip().removeprefix("W/") for tag in headers.get("if-none-match", "").split(",")]
    return "*" in asked or f'"{entity_tag}"' in asked
