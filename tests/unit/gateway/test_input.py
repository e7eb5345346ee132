"""gateway/input.py: JSON is taken strictly."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.input import Unusable, read_json


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"NaN",
        b"[Infinity]",
        b"1e999",
        b'"\\ud800"',
        b'"\\udc00\\ud800"',
        b'"\xff"',
        b'"\x00"',
        b"[1,]",
        b"{'a': 1}",
    ],
)
def test_what_is_not_strict_json_is_unusable(body: bytes) -> None:
    with pytest.raises(Unusable) as refused:
        read_json(body)

    assert "is not JSON" in refused.value.fault.msg


def test_a_nul_character_is_found_wherever_it_hides() -> None:
    with pytest.raises(Unusable) as refused:
        read_json(b'{"a": [1, {"b": "x\\u0000y"}]}')

    assert refused.value.fault.loc == ("a", 1, "b")
    assert "NUL" in refused.value.fault.msg


def test_a_nul_character_in_a_name_is_found_too() -> None:
    with pytest.raises(Unusable):
        read_json(b'{"a\\u0000": 1}')


def test_text_about_nul_characters_is_fine() -> None:
    assert read_json(b'"C writes it \\\\u0000"') == "C writes it \\u0000"


@given(st.binary(max_size=200))
def test_nothing_else_ever_comes_out(body: bytes) -> None:
    with suppress(Unusable):
        read_json(body)
