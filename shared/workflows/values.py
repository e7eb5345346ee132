"""What a single value must be: each function says what is wrong with it, or returns None."""

import difflib
import json
from collections.abc import Iterable

LARGEST_SAFE_INTEGER = 9_007_199_254_740_991  # 2^53 - 1: what JavaScript can hold
LONGEST_TEXT = 20_000  # characters
LONGEST_NAME = 255
LONGEST_SHOWN = 60
MOST_COMPARED = 100


def text_fault(value: object, *, longest: int = LONGEST_TEXT) -> str | None:
    if not isinstance(value, str):
        return f"must be text, not {shown(value)}"
    if len(value) > longest:
        return f"must be at most {longest} characters long; these are {len(value)}"
    if "\0" in value:
        return "must not contain a NUL character"
    if not is_unicode(value):
        return "must be valid Unicode; it contains half of a surrogate pair"
    return None


def name_fault(value: object) -> str | None:
    if value == "":
        return "must not be empty"
    return text_fault(value, longest=LONGEST_NAME)


def integer_fault(value: object, *, minimum: int, maximum: int, multiple_of: int = 1) -> str | None:
    if type(value) is int and minimum <= value <= maximum and value % multiple_of == 0:
        return None
    step = f" and a multiple of {multiple_of}" if multiple_of > 1 else ""
    return f"must be a whole number from {minimum} to {maximum}{step}, not {shown(value)}"


def number_fault(value: object, *, minimum: float, maximum: float) -> str | None:
    given = float(value) if type(value) is int and abs(value) < 2**63 else value
    if type(given) is float and minimum <= given <= maximum:  # NaN and infinity are not
        return None
    return f"must be a number from {minimum:.16g} to {maximum:.16g}, not {shown(value)}"


def boolean_fault(value: object) -> str | None:
    return None if isinstance(value, bool) else f"must be true or false, not {shown(value)}"


def is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def shown(value: object) -> str:
    """The value in words for an error message: short, valid Unicode, whatever it is."""
    match value:
        case str():
            return _shown_text(value)
        case int() if abs(value) > LARGEST_SAFE_INTEGER:
            return "a number that is far too large"
        case None | bool() | int() | float():
            return json.dumps(value)
        case list() | tuple():
            return "a list"
        case _:
            return "an object"


def _shown_text(text: str) -> str:
    short = text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"
    return json.dumps(short, ensure_ascii=not is_unicode(short))


def nearest(name: str, known: Iterable[str]) -> str:
    """`; did you mean "…"?`, or nothing where no known name is near."""
    # Comparing takes 0.1 ms a name, and there may be thousands of LoRAs.
    likely = sorted(known, key=lambda one: one[:1].lower() != name[:1].lower())[:MOST_COMPARED]
    matches = difflib.get_close_matches(name[:LONGEST_NAME], likely, n=1)
    return f"; did you mean {_shown_text(matches[0])}?" if matches else ""


def unknown_field(name: object, known: Iterable[str]) -> str:
    near = nearest(name, known) if isinstance(name, str) else ""
    return f"{shown(name)} is not a field here{near}"


def field_name(name: object) -> str:
    """A name that somebody else chose, fit for the address of an error."""
    safe = isinstance(name, str) and len(name) <= LONGEST_SHOWN and is_unicode(name)
    return str(name) if safe else shown(name)
