"""shared/auth.py: what headers say about who asks."""

import pytest

from shared.auth import Credential, credential_in, may_open_socket, same_origin

SITE = "darkroom.local:8000"


def test_a_bearer_token_counts_before_the_cookie() -> None:
    headers = {"authorization": "bearer dk_a", "cookie": "darkroom_session=dk_b"}

    assert credential_in(headers) == Credential("dk_a", from_cookie=False)


def test_the_cookie_is_found_among_others() -> None:
    headers = {"cookie": "theme=dark; darkroom_session=dk_b; x=y=z"}

    assert credential_in(headers) == Credential("dk_b", from_cookie=True)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Bearer "},
        {"authorization": "Basic dXNlcjpwYXNz"},
        {"authorization": "Bearer d\xe9j\xe0"},
        {"authorization": "Bearer " + "a" * 10_000},
        {"cookie": "darkroom_session="},
        {"cookie": "xdarkroom_session=dk_b"},
    ],
)
def test_what_cannot_be_a_token_is_none(headers: dict[str, str]) -> None:
    assert credential_in(headers) is None


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site", "origin": f"http://{SITE}"}, False),
        ({"origin": f"http://{SITE}"}, True),
        ({"origin": f"https://{SITE.upper()}"}, True),
        ({"origin": "http://evil.example"}, False),
        ({"origin": "http://darkroom.local"}, False),
        ({"origin": "null"}, False),
        ({"origin": ""}, False),
        ({"origin": "http://[broken"}, False),
        ({}, None),
    ],
)
def test_the_browser_says_whose_page_it_is(headers: dict[str, str], said: bool | None) -> None:
    assert same_origin(headers | {"host": SITE}) is said


def test_a_null_origin_is_foreign_even_without_a_host() -> None:
    assert same_origin({"origin": "null"}) is False


def test_a_socket_needs_our_page_or_a_program_with_a_bearer_token() -> None:
    bearer, cookie = {"authorization": "Bearer dk_a"}, {"cookie": "darkroom_session=dk_a"}
    ours, foreign = {"origin": f"http://{SITE}"}, {"origin": "http://evil.example"}
    host = {"host": SITE}

    assert may_open_socket(host | bearer)
    assert may_open_socket(host | cookie | ours)
    assert not may_open_socket(host | cookie)
    assert not may_open_socket(host | cookie | foreign)
    assert not may_open_socket(host | bearer | foreign)
    assert not may_open_socket(host)
