"""Ids, queries and cursors that are none, others' things: a problem, and no error logged."""

import json
from typing import Any
from uuid import uuid4

import httpx
import pytest

from shared.db.engine import Sessions
from shared.jobs import JobStatus
from tests.factories import Token, make_content, make_job, make_user
from tests.integration.gateway.asking import (
    CONTENT,
    JOBS,
    count_rows,
    problem,
    request,
    wrong_fields,
)

pytestmark = pytest.mark.usefixtures("no_error_is_logged")

NOT_IDS = ["1", "abc", "00000000-0000-0000-0000-00000000000g", "%00", "..%2f..%2fetc", "💥"]
NOT_NUMBERS = [
    *("0", "-1", "abc", "1.5", "9223372036854775808", "99999999999999999999999", "%00"),
    *("1_0", "+1", "%201", "1%20", "1.0", "1e1", "0x1", "١", "１", "²", "1%0a"),
]


async def test_an_id_that_is_none_is_refused(client: httpx.AsyncClient) -> None:
    for method, path in [
        ("GET", JOBS + "/{}"),
        ("GET", JOBS + "/{}/events"),
        ("POST", JOBS + "/{}/cancel"),
        ("POST", JOBS + "/{}/retry"),
        ("DELETE", JOBS + "/{}"),
        ("DELETE", "/api/v1/tokens/{}"),
    ]:
        for not_an_id in NOT_IDS:
            answer = await client.request(method, path.format(not_an_id))
            problem(answer, 404 if "%2f" in not_an_id else 422)


async def test_a_number_that_is_no_content_id_is_refused(client: httpx.AsyncClient) -> None:
    for method, path in [
        ("GET", CONTENT + "/{}"),
        ("PATCH", CONTENT + "/{}"),
        ("DELETE", CONTENT + "/{}"),
        ("GET", CONTENT + "/{}/image"),
        ("GET", CONTENT + "/{}/thumbnail/small"),
    ]:
        for number in NOT_NUMBERS:
            body: dict[str, Any] | None = {} if method == "PATCH" else None
            problem(await client.request(method, path.format(number), json=body), 422)


QUERIES = [
    ("limit=0", "query.limit"),
    ("limit=201", "query.limit"),
    ("limit=x", "query.limit"),
    ("limit=1e3", "query.limit"),
    ("limit=1_0", "query.limit"),
    ("limit=%2B1", "query.limit"),
    ("limit=", "query.limit"),
    ("job_type=song", "query.job_type"),
    ("created_after=yesterday", "query.created_after"),
    ("created_after=2026-01-01T00:00:00", "query.created_after"),
    ("created_before=9999-12-31T23:59:59-12:00", "query.created_before"),
    ("q=%00", "query.q"),
    ("q=" + "x" * 501, "query.q"),
    ("offset=5", "query.offset"),
    ("limt=5", "query.limt"),
]


async def test_a_wrong_query_is_named(client: httpx.AsyncClient) -> None:
    both = [(f"{path}?{query}", place) for path in (JOBS, CONTENT) for query, place in QUERIES]
    one = [
        (f"{JOBS}?status=done", "query.status.0"),
        (f"{CONTENT}?tag=%00", "query.tag.0"),
        (f"{CONTENT}?favorite=perhaps", "query.favorite"),
        (f"{CONTENT}/1/thumbnail/huge", "path.size"),
        (f"{CONTENT}/1/image?download=perhaps", "query.download"),
    ]
    for address, place in (*both, *one):
        assert place in wrong_fields(await client.get(address)), address


async def test_a_cursor_that_is_none_is_refused(client: httpx.AsyncClient) -> None:
    for cursor in ("x", "AAAA", "💥", "../../etc", "A" * 32, "\0", "A" * 201, "' OR 1=1 --", "=="):
        for path in (JOBS, CONTENT):
            problem(await client.get(path, params={"cursor": cursor}), 422)


async def test_a_cursor_is_good_for_its_own_list_and_filters_only(
    client: httpx.AsyncClient, sessions: Sessions, token: Token
) -> None:
    for _ in range(2):
        await make_job(sessions, token.user)
    cursor = (await client.get(JOBS, params={"limit": 1})).json()["next_cursor"]
    flipped = cursor[:-1] + ("A" if cursor[-1] != "A" else "B")

    for query in (
        {"cursor": flipped},
        {"cursor": cursor, "q": "door"},
        {"cursor": cursor + "A"},
        {"cursor": cursor[:-1]},
    ):
        problem(await client.get(JOBS, params=query), 422)
    problem(await client.get(CONTENT, params={"cursor": cursor}), 422)
    assert (await client.get(JOBS, params={"cursor": cursor})).status_code == 200


async def test_what_belongs_to_another_user_is_not_found(
    client: httpx.AsyncClient, sessions: Sessions
) -> None:
    stranger = await make_user(sessions)
    pending = await make_job(sessions, stranger)
    failed = await make_job(sessions, stranger, status=JobStatus.FAILED)
    item = await make_content(sessions, stranger)
    before = await count_rows(sessions)

    for method, path in [
        ("GET", f"{JOBS}/{pending.id}"),
        ("GET", f"{JOBS}/{pending.id}/events"),
        ("POST", f"{JOBS}/{pending.id}/cancel"),
        ("POST", f"{JOBS}/{failed.id}/retry"),
        ("DELETE", f"{JOBS}/{failed.id}"),
        ("GET", f"{CONTENT}/{item.id}"),
        ("PATCH", f"{CONTENT}/{item.id}"),
        ("DELETE", f"{CONTENT}/{item.id}"),
        ("GET", f"{CONTENT}/{item.id}/image"),
        ("GET", f"{CONTENT}/{item.id}/thumbnail/small"),
    ]:
        body = {"title": "mine now"} if method == "PATCH" else None
        theirs = problem(await client.request(method, path, json=body), 404)
        nobodys = path.replace(str(item.id), "999999").replace(str(pending.id), str(uuid4()))
        nobodys = nobodys.replace(str(failed.id), str(uuid4()))
        missing = problem(await client.request(method, nobodys, json=body), 404)
        assert theirs["type"] == missing["type"]

    assert await count_rows(sessions) == before
    assert (await client.get(JOBS)).json()["items"] == []
    assert (await client.get(CONTENT)).json()["items"] == []


async def test_an_address_that_is_none_is_a_problem_too(client: httpx.AsyncClient) -> None:
    for method, path, status in [
        ("GET", "/nowhere", 404),
        ("GET", "/api/v1/comfyui/prompt", 404),
        ("GET", "/metrics", 404),
        ("PUT", JOBS, 405),
        ("DELETE", JOBS, 405),
        ("POST", "/healthz", 405),
        ("GET", "/api/v1/session", 405),
    ]:
        answer = await client.request(method, path)
        problem(answer, status)
        assert (status == 405) == ("Allow" in answer.headers)


async def test_a_wrong_change_of_content_is_named(
    client: httpx.AsyncClient, sessions: Sessions, token: Token
) -> None:
    item = await make_content(sessions, token.user)
    changes: list[tuple[dict[str, Any], str]] = [
        ({"title": None}, "title"),
        ({"title": "x" * 501}, "title"),
        ({"title": "a\0"}, "title"),
        ({"tags": "x"}, "tags"),
        ({"rating": 0}, "rating"),
        ({"rating": 6}, "rating"),
        ({"rating": True}, "rating"),
        ({"rating": 3.0}, "rating"),
        ({"is_favorite": 1}, "is_favorite"),
        ({"is_favorite": None}, "is_favorite"),
        ({"favourite": True}, "favourite"),
        ({"id": 7}, "id"),
    ]

    for change, place in changes:
        assert place in wrong_fields(await client.patch(f"{CONTENT}/{item.id}", json=change))

    assert (await client.get(f"{CONTENT}/{item.id}")).json()["version"] == 1


async def test_a_wrong_account_request_is_named(client: httpx.AsyncClient) -> None:
    requests: list[tuple[str, dict[str, Any], str]] = [
        ("/api/v1/tokens", {}, "name"),
        ("/api/v1/tokens", {"name": ""}, "name"),
        ("/api/v1/tokens", {"name": "x" * 101}, "name"),
        ("/api/v1/tokens", {"name": "x", "user_id": 1}, "user_id"),
        ("/api/v1/session", {"token": 5}, "token"),
        ("/api/v1/session", {"token": "x" * 201}, "token"),
    ]
    for path, body, place in requests:
        assert place in wrong_fields(await client.post(path, json=body))


async def test_who_is_unknown_is_told_so_before_anything_else(
    anonymous: httpx.AsyncClient,
) -> None:
    for method, path in [
        ("GET", JOBS),
        ("GET", f"{JOBS}?limit=0"),
        ("GET", f"{JOBS}/not-an-id"),
        ("GET", f"{CONTENT}/1/image"),
        ("GET", "/api/v1/me"),
        ("GET", "/api/v1/workers"),
        ("GET", "/api/v1/models"),
        ("GET", "/api/v1/workflows"),
        ("GET", "/api/v1/stats"),
        ("GET", "/api/v1/tokens"),
        ("GET", "/api/v1/dead-letters"),
    ]:
        answer = await anonymous.request(method, path)
        problem(answer, 401)
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    for content in (b"{broken", json.dumps(request()).encode()):
        answer = await anonymous.post(
            JOBS, content=content, headers={"Content-Type": "application/json"}
        )
        problem(answer, 401)
    for authorization in ("Bearer dk_unknown", "Bearer", "Basic eDp5", "Bearer " + "x" * 5000):
        answer = await anonymous.get(JOBS, headers={"Authorization": authorization})
        problem(answer, 401)
