"""gateway/pages.py: cursors."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.pages import NotACursor, cursor_after, number_in, uuid_in

JOB = UUID("01a206ba-b811-7608-94fd-7e2342ddf86d")


@given(st.uuids(), st.text())
def test_a_cursor_leads_back_to_its_id(job_id: UUID, scope: str) -> None:
    assert uuid_in(cursor_after(job_id, scope), scope) == job_id


@given(st.integers(min_value=1, max_value=2**63 - 1))
def test_a_cursor_leads_back_to_its_number(number: int) -> None:
    assert number_in(cursor_after(number, "s"), "s") == number


@given(st.text(max_size=60))
def test_no_other_text_is_a_cursor(text: str) -> None:
    for read in (uuid_in, number_in):
        with pytest.raises(NotACursor):
            read(text, "scope")


@given(st.integers(min_value=0), st.characters(codec="ascii", categories=["L", "N"]))
def test_a_changed_cursor_is_none(place: int, instead: str) -> None:
    cursor = cursor_after(JOB, "scope")
    place %= len(cursor)
    changed = cursor[:place] + instead + cursor[place + 1 :]

    if changed != cursor:
        with pytest.raises(NotACursor):
            uuid_in(changed, "scope")


def test_a_cursor_of_other_filters_or_another_kind_is_refused() -> None:
    with pytest.raises(NotACursor):
        uuid_in(cursor_after(JOB, "a"), "b")
    with pytest.raises(NotACursor):
        number_in(cursor_after(JOB, "a"), "a")
    assert uuid_in(None, "a") is None
