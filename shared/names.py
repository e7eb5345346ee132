"""What a user or a token may be called."""

import unicodedata

LONGEST_NAME = 100
_INVISIBLE = {"Cc", "Cs"}  # control characters, NUL among them; bytes that are no text


class NotAName(ValueError):
    pass


def a_name(text: str) -> str:
    """Raises NotAName."""
    if not text.strip():
        raise NotAName("must not be empty")
    if len(text) > LONGEST_NAME:
        raise NotAName(f"must have at most {LONGEST_NAME} characters")
    if any(unicodedata.category(character) in _INVISIBLE for character in text):
        raise NotAName("must not contain control characters")
    return text
