"""A gateway that is really served: big bodies, bugs, outages, and its end."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from structlog.contextvars import get_contextvars

from gateway.parts import Parts
from gateway.service import run
from gateway.settings import Settings
from shared.db.engine import Sessions, open_engine, session_factory
from shared.media import MediaStore
from shared.serving.limits import PortTaken
from shared.workflows.workflow import Workflows
from tests.factories import Token, make_content, make_job
from tests.infrastructure.tcp_proxy import TcpProxy
from tests.infrastructure.waiting import until
from tests.integration.gateway.asking import JOBS, count_rows, problem, request
from tests.integration.gateway.running_gateway import Served, serving


@pytest.fixture
async def http(served: Served, token: Token) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=served.url, headers=token.headers) as client:
        yield client


async def endless(*, chunks: int) -> AsyncIterator[bytes]:
    for _ in range(chunks):
        yield b"x" * 65536


@pytest.mark.usefixtures("no_error_is_logged")
async def test_a_body_without_a_length_is_cut_off_at_1_mib(
    http: httpx.AsyncClient, sessions: Sessions
) -> None:
    answer = await http.post(JOBS, content=endless(chunks=40))

    assert problem(answer, 413)["type"] == "body_too_large"
    assert not any((await count_rows(sessions)).values())


@pytest.mark.usefixtures("no_error_is_logged")
async def test_a_body_that_says_it_is_too_large_is_refused(http: httpx.AsyncClient) -> None:
    for _ in range(3):
        problem(await http.post(JOBS, content=b" " * (2 << 20)), 413)
        assert (await http.post(JOBS, json=request())).status_code == 201


async def test_a_body_just_within_the_limit_is_read(http: httpx.AsyncClient) -> None:
    body = b'{"prompt": "x", "params": {"workflow": "solid_color"}'
    padded = body + b" " * ((1 << 20) - len(body) - 1) + b"}"

    assert (await http.post(JOBS, content=padded, headers=JSON)).status_code == 201
    problem(await http.post(JOBS, content=padded + b" ", headers=JSON), 413)


JSON = {"Content-Type": "application/json"}


async def test_a_chunked_request_that_fits_is_accepted(http: httpx.AsyncClient) -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield b'{"prompt": "x", '
        yield b'"params": {"workflow": "solid_color"}}'

    assert (await http.post(JOBS, content=parts(), headers=JSON)).status_code == 201


async def test_a_bug_is_logged_once_and_its_trace_stays_inside(
    http: httpx.AsyncClient,
    sessions: Sessions,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with sessions.begin() as session:
        await session.execute(text("DROP TABLE content_items, outbox CASCADE"))
    logged_under = []

    class Listening(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.exc_info:
                logged_under.append(get_contextvars().get("trace_id"))

    monkeypatch.setattr(logging.root, "handlers", [*logging.root.handlers, Listening()])

    answer = await http.post(JOBS, json=request())

    listing = await http.get("/api/v1/content-items/1/thumbnail/small")

    for bug in (answer, listing):
        assert problem(bug, 500)["type"] == "internal"
        assert bug.headers["X-Content-Type-Options"] == "nosniff"
    traces = [record for record in caplog.records if record.exc_info]
    assert [record.levelno for record in traces] == [logging.ERROR] * 2
    assert logged_under == [answer.headers["X-Trace-Id"], listing.headers["X-Trace-Id"]]


async def test_answers_carry_the_headers_that_keep_browsers_strict(
    http: httpx.AsyncClient,
) -> None:
    for path in ("/", JOBS, "/nowhere", "/docs", "/healthz"):
        headers = (await http.get(path)).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert "server" not in headers


@pytest.mark.usefixtures("no_error_is_logged")
async def test_while_the_database_is_away_the_answer_is_503_and_then_all_is_well(
    settings: Settings,
    database_tcp_url: str,
    media: MediaStore,
    workflows: Workflows,
    token: Token,
) -> None:
    url = make_url(database_tcp_url)
    async with TcpProxy(url.port or 0) as wire:
        engine = open_engine(
            url.set(port=wire.port).render_as_string(hide_password=False), process="tests"
        )
        through_wire = session_factory(engine)
        async with (
            serving(settings, sessions=through_wire, media=media, workflows=workflows) as gateway,
            httpx.AsyncClient(base_url=gateway.url, headers=token.headers) as http,
        ):
            assert (await http.post(JOBS, json=request())).status_code == 201

            await wire.cut()
            for answer in (
                await http.post(JOBS, json=request()),
                await http.get(JOBS),
                await http.get("/api/v1/content-items"),
                await http.get("/api/v1/stats"),
            ):
                assert problem(answer, 503)["type"] == "database_unavailable"
                assert int(answer.headers["Retry-After"]) > 0
            ready = await http.get("/readyz")
            assert (ready.status_code, ready.json()["failing"]) == (503, ["database"])
            assert (await http.get("/healthz")).status_code == 200

            await wire.heal()
            assert (await http.post(JOBS, json=request())).status_code == 201

            async def ready_again() -> bool:
                return (await http.get("/readyz")).status_code == 200

            await until(ready_again)
        await engine.dispose()


async def test_when_told_to_stop_it_answers_those_who_wait_and_ends(
    settings: Settings,
    sessions: Sessions,
    media: MediaStore,
    workflows: Workflows,
    token: Token,
) -> None:
    job = await make_job(sessions, token.user)
    async with httpx.AsyncClient(headers=token.headers) as http:
        async with serving(
            settings, sessions=sessions, media=media, workflows=workflows
        ) as gateway:
            url = f"{gateway.url}{JOBS}/{job.id}"
            waiting = asyncio.create_task(http.get(url, headers={"Prefer": "wait=50"}, timeout=60))
            await asyncio.wait({waiting}, timeout=0.3)
            assert not waiting.done()

        async with asyncio.timeout(10):
            assert (await waiting).json()["status"] == "pending"
        with contextlib.suppress(httpx.TransportError):
            await http.get(gateway.url + "/healthz")
            pytest.fail("it still answers")


async def test_a_port_that_is_taken_is_said_in_a_sentence(served: Served, parts: Parts) -> None:
    settings = parts.settings.model_copy(update={"port": served.port})

    with pytest.raises(PortTaken, match=f"cannot listen on 127.0.0.1 port {served.port}"):
        await run(replace(parts, settings=settings), stop=asyncio.Event())


@pytest.mark.usefixtures("no_error_is_logged")
async def test_head_answers_like_get_without_the_body(
    http: httpx.AsyncClient, sessions: Sessions, media: MediaStore, token: Token
) -> None:
    job = await make_job(sessions, token.user)
    item = await make_content(sessions, user_id=token.user.id)
    image = b"x" * (8 << 20)
    await media.put(item.storage_key, image, mime_type="image/png")
    content = f"/api/v1/content-items/{item.id}"

    for path in (
        "/",
        "/healthz",
        JOBS,
        f"{JOBS}/{job.id}",
        content,
        f"{content}/image",
        f"{content}/thumbnail/small",
        f"{content}/nothing",
    ):
        asked = await http.get(path)
        head = await http.head(path)
        assert head.status_code == asked.status_code, path
        assert head.content == b""
        assert head.headers["Content-Length"] == asked.headers["Content-Length"]
        assert head.headers.get("Content-Type") == asked.headers.get("Content-Type")
    assert (await http.head(f"{content}/image")).headers["Content-Length"] == str(len(image))
    problem_without_body = await http.head("/api/v1/session")
    assert problem_without_body.status_code == 405
