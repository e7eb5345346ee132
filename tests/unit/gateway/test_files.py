"""gateway/content_items/files.py: ranges and entity tags."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.content_items.files import RangeNotSatisfiable, Span, wanted_span
from gateway.entity_tags import is_unchanged


def span(asked: str, size: int = 100) -> Span | None:
    return wanted_span({"range": asked}, entity_tag="tag", size=size)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("bytes=0-9", Span(0, 10)),
        ("bytes=90-", Span(90, 100)),
        ("bytes=-10", Span(90, 100)),
        ("bytes=50-1000", Span(50, 100)),
        ("bytes= 0 - 9", Span(0, 10)),
        ("bytes=9-0", None),
        ("bytes=-", None),
        ("bytes=0-1,3-4", None),
        ("items=0-1", None),
        ("bytes=0x1-2", None),
        ("", None),
    ],
)
def test_one_range_is_understood(asked: str, expected: Span | None) -> None:
    assert span(asked) == expected


@pytest.mark.parametrize("asked", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_a_range_outside_is_refused(asked: str) -> None:
    with pytest.raises(RangeNotSatisfiable):
        span(asked)


def test_nothing_of_an_empty_file_can_be_had_in_part() -> None:
    for asked in ("bytes=0-", "bytes=-5"):
        with pytest.raises(RangeNotSatisfiable):
            span(asked, size=0)


@given(st.text(alphabet="bytes=-,0123456789 "), st.integers(min_value=0, max_value=10**6))
def test_a_span_is_always_within_the_file(asked: str, size: int) -> None:
    try:
        found = span(asked, size=size)
    except RangeNotSatisfiable:
        return
    assert found is None or 0 <= found.start < found.end <= size


def test_a_range_of_another_version_is_passed_over() -> None:
    headers = {"range": "bytes=0-9", "if-range": '"older"'}

    assert wanted_span(headers, entity_tag="tag", size=100) is None


def test_an_entity_tag_is_found_in_a_list_and_only_whole() -> None:
    assert is_unchanged({"if-none-match": '"a", W/"tag"'}, "tag")
    assert is_unchanged({"if-none-match": "*"}, "tag")
    assert not is_unchanged({"if-none-match": '"tags", tag'}, "tag")
    assert not is_unchanged({}, "tag")
