"""What Pydantic finds wrong, for people who know JSON and no Python."""

from collections.abc import Mapping
from typing import Any

_WORDS = {
    "model_type": "must be a JSON object",
    "model_attributes_type": "must be a JSON object",
    "dict_type": "must be an object",
    "list_type": "must be an array",
    "tuple_type": "must be an array",
    "string_type": "must be a string",
    "int_type": "must be an integer",
    "bool_type": "must be true or false",
    "uuid_type": "must be a UUID, as a string",
    "extra_forbidden": "is not known",
    "missing": "is missing",
    "union_tag_not_found": 'has no "type"',
}


def in_plain_words(error: Mapping[str, Any]) -> str:
    """Of one of `ValidationError.errors()`."""
    if (known := _WORDS.get(error["type"])) is not None:
        return known
    if error["type"] == "union_tag_invalid":
        return f"the type must be one of {error['ctx']['expected_tags']}"
    said: str = error["msg"]
    return said.removeprefix("Value error, ")
