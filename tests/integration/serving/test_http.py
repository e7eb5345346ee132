"""Clients that say too much, too slowly, or nothing at all, get an answer where one can be heard,
and in any case an end."""

import asyncio
from itertools import repeat
from typing import Any

import pytest

from shared.serving.limits import Limits
from tests.infrastructure.waiting import until
from tests.integration.serving.served import GET, Receive, Send, problem_in, raw_client, serving

HEAD = b"POST / HTTP/1.1\r\nHost: x\r\n"
BIG = 32 << 20


class Hello:
    """Reads the whole body, then says hello; notes how each request ended."""

    def __init__(self) -> None:
        self.ends: list[str] = []
        self.go = asyncio.Event()
        self.go.set()

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        end = "cut off"
        try:
            while (message := await receive()).get("more_body"):
                pass
            end = message["type"]
            if end == "http.request":
                await self.go.wait()
                await say(send, 200, b"hello")
        finally:
            self.ends.append(end)


async def say(send: Send, status: int, body: bytes) -> None:
    length = str(len(body)).encode()
    head = {"status": status, "headers": [(b"content-length", length)]}
    await send({"type": "http.response.start", **head})
    await send({"type": "http.response.body", "body": body})


@pytest.mark.parametrize(
    ("begin", "piece"),
    [
        (b"GET / HTTP/1.1\r\nX: ", b"x" * 8192),
        (b"GET /", b"x" * 8192),
        (b"GET / HTTP/1.1\r\n", b"x: y\r\n" * 1000),
        (b"", b"\r\n" * 4000),
    ],
    ids=["one header", "the address", "many headers", "nothing but empty lines"],
)
async def test_a_head_without_end_is_refused(begin: bytes, piece: bytes) -> None:
    async with serving(Hello()) as port, raw_client(port) as client:
        await client.say(begin)
        heard = await client.say_without_end(repeat(piece))

    assert problem_in(heard)["type"] == "head_too_large"
    assert problem_in(heard)["status"] == 431


@pytest.mark.parametrize("headers", [b"X: " + b"x" * 70_000 + b"\r\n", b"x: y\r\n" * 300])
async def test_a_head_that_comes_whole_and_is_too_large_is_refused(headers: bytes) -> None:
    app = Hello()
    async with serving(app) as port, raw_client(port) as client:
        await client.say(b"GET / HTTP/1.1\r\nHost: x\r\n" + headers + b"\r\n")
        heard = await client.hear_out()

    assert problem_in(heard)["status"] == 431
    assert not app.ends


async def test_a_head_just_within_the_limit_is_read_also_in_pieces() -> None:
    async with serving(Hello()) as port, raw_client(port) as client:
        for _ in range(3):
            await client.say(b"GET / HTTP/1.1\r\nHost: x\r\nX: ")
            for _ in range(7):
                await client.say(b"x" * 8192)
                await asyncio.sleep(0.001)
            assert await client.ask(b"\r\n\r\n") == (200, b"hello")


async def test_a_large_body_in_the_same_piece_as_its_head_does_not_count_as_head() -> None:
    body = b"x" * 200_000
    async with serving(Hello()) as port, raw_client(port) as client:
        request = HEAD + b"Content-Length: 200000\r\n\r\n" + body
        assert await client.ask(request) == (200, b"hello")
        assert await client.ask(request) == (200, b"hello")


async def test_a_head_that_drips_is_ended() -> None:
    async with serving(Hello(), Limits(head=0.3)) as port, raw_client(port) as client:
        await client.say(b"GET / HTTP/1.1\r\nX: ")
        heard = await client.say_without_end(repeat(b"x"), pause=0.02)

    assert problem_in(heard)["type"] == "head_too_slow"


@pytest.mark.parametrize(
    ("headers", "piece"),
    [(b"Content-Length: 1000\r\n", b"x"), (b"Transfer-Encoding: chunked\r\n", b"1\r\nx\r\n")],
)
async def test_a_body_that_drips_is_ended_and_nothing_comes_of_it(
    headers: bytes, piece: bytes
) -> None:
    app = Hello()
    async with serving(app, Limits(body=0.3)) as port, raw_client(port) as client:
        await client.say(HEAD + headers + b"\r\n")
        heard = await client.say_without_end(repeat(piece), pause=0.02)

    assert problem_in(heard)["type"] == "body_too_slow"
    assert app.ends == ["http.disconnect"]


async def test_a_body_that_goes_on_after_its_answer_is_ended() -> None:
    async def refuse(_scope: Any, _receive: Receive, send: Send) -> None:
        await say(send, 413, b"too large")

    async with serving(refuse, Limits(body=0.3)) as port, raw_client(port) as client:
        await client.say(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        heard = await client.say_without_end(repeat(b"1\r\nx\r\n"), pause=0.02)

    assert heard.count(b"HTTP/1.1") == 1
    assert heard.endswith(b"too large")


@pytest.mark.parametrize("first", [b"", GET], ids=["never spoke", "has spoken"])
async def test_a_connection_on_which_nothing_happens_is_closed(first: bytes) -> None:
    async with serving(Hello(), Limits(idle=0.3)) as port, raw_client(port) as client:
        await client.say(first)
        heard = await client.hear_out()

    assert heard.count(b"hello") == len(first[:1])


async def test_a_connection_stays_open_for_the_next_request() -> None:
    async with serving(Hello()) as port, raw_client(port) as client:
        for _ in range(20):
            assert await client.ask(GET) == (200, b"hello")


async def test_a_client_that_takes_none_of_its_answer_is_cut_off() -> None:
    gone: list[bool] = []

    async def stream(_scope: Any, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(BIG >> 16):
            await send({"type": "http.response.body", "body": b"x" * 65536, "more_body": True})
        gone.append((await receive())["type"] == "http.disconnect")
        await send({"type": "http.response.body"})

    async with serving(stream, Limits(unread=0.3)) as port, raw_client(port) as client:
        client.writer.transport.pause_reading()  # type: ignore[attr-defined]
        await client.say(GET)
        await until(lambda: gone)

    assert gone == [True]


async def test_one_connection_too_many_is_told_so_and_there_is_room_again_later() -> None:
    async with serving(Hello(), Limits(connections=2)) as port, raw_client(port) as first:
        assert await first.ask(GET) == (200, b"hello")
        async with raw_client(port) as second:
            assert await second.ask(GET) == (200, b"hello")
            async with raw_client(port) as third:
                refusal = problem_in(await third.hear_out())

        async def is_let_in() -> bool:
            async with raw_client(port) as fourth:
                return (await fourth.ask(GET))[0] == 200

        await until(is_let_in)
        assert await first.ask(GET) == (200, b"hello")

    assert (refusal["status"], refusal["type"]) == (503, "too_many_connections")


@pytest.mark.parametrize(
    "nonsense",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\x00" * 100,
        b"GET / HTTP/9.9\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
        b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET / HTTP/1.1\r\nbad header\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: a\x00b\r\n\r\n",
    ],
)
async def test_what_is_not_http_is_told_so(nonsense: bytes) -> None:
    async with serving(Hello()) as port:
        async with raw_client(port) as client:
            await client.say(nonsense)
            heard = await client.hear_out()
        async with raw_client(port) as other:
            assert await other.ask(GET) == (200, b"hello")

    assert problem_in(heard)["type"] == "not_http"


async def test_requests_that_came_before_nonsense_are_answered_before_the_end() -> None:
    app = Hello()
    app.go.clear()
    async with serving(app) as port, raw_client(port) as client:
        await client.say(GET + GET + b"\x00 nonsense \r\n\r\n")
        await asyncio.sleep(0.1)
        app.go.set()
        heard = await client.hear_out()

    assert heard.count(b"200 OK") == 2


async def test_a_body_that_waits_for_an_earlier_answer_is_not_called_slow() -> None:
    app = Hello()
    app.go.clear()
    body = b"x" * 1000
    async with serving(app, Limits(head=0.2, body=0.2)) as port, raw_client(port) as client:
        await client.say(GET + HEAD + b"Content-Length: 1000\r\n\r\n")
        await client.say(body)
        await asyncio.sleep(0.5)
        app.go.set()
        assert await client.hear_answer() == (200, b"hello")
        assert await client.hear_answer() == (200, b"hello")


async def test_ten_thousand_requests_on_one_connection_are_answered_in_order() -> None:
    async with serving(Hello()) as port, raw_client(port) as client:
        asking = asyncio.create_task(client.say(GET * 10_000))
        for _ in range(10_000):
            assert await client.hear_answer() == (200, b"hello")
        await asking
