"""Every handshake has an answer, and whatever a client sends afterwards harms nobody else."""

import asyncio
import os
import struct
from collections import Counter
from itertools import repeat
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from shared.serving.websockets import MOST_FRAGMENTS, PIECE_BYTES
from tests.infrastructure.waiting import until
from tests.integration.serving.served import (
    HANDSHAKE,
    RawClient,
    Receive,
    Send,
    problem_in,
    raw_client,
    serving,
)

CONTINUED, TEXT, PING = 0, 1, 9


async def echo(_scope: Any, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": message["text"]})


async def refuse(_scope: Any, _receive: Receive, send: Send) -> None:
    await send({"type": "websocket.http.response.start", "status": 401, "headers": []})
    await send({"type": "websocket.http.response.body", "body": b"who are you?"})


def frame(opcode: int, data: bytes = b"", *, is_last: bool = True) -> bytes:
    mask = os.urandom(4)
    masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(data))
    return struct.pack("!BB", opcode | is_last << 7, 0x80 | len(data)) + mask + masked


async def opened(client: RawClient) -> RawClient:
    await client.say(HANDSHAKE + b"\r\n")
    assert b" 101 " in await client.reader.readuntil(b"\r\n\r\n")
    return client


async def still_serves(port: int) -> bool:
    async with asyncio.timeout(10), connect(f"ws://127.0.0.1:{port}/api") as other:
        await other.send("hello")
        return await other.recv() == "hello"


@pytest.mark.parametrize(
    ("handshake", "status"),
    [
        (HANDSHAKE + b"Cookie: a=" + b"x" * 9000 + b"\r\n", 431),
        (HANDSHAKE + b"A: b\r\n" * 200, 431),
        (HANDSHAKE.replace(b"/api", b"/" + b"x" * 9000), 414),
        (HANDSHAKE.replace(b"GET", b"POST"), 405),
        (HANDSHAKE.replace(b"GET", b"FROB"), 400),
        (HANDSHAKE.replace(b"dGhl", b"!"), 400),
        (HANDSHAKE.replace(b"Version: 13", b"Version: 7"), 400),
        (HANDSHAKE.replace(b"Sec-WebSocket-Key", b"X"), 400),
    ],
)
async def test_a_handshake_that_cannot_be_is_told_why(handshake: bytes, status: int) -> None:
    async with serving(echo) as port:
        async with raw_client(port) as client:
            await client.say(handshake + b"\r\n")
            heard = await client.hear_out()
        assert await still_serves(port)

    assert problem_in(heard)["status"] == status


async def test_the_problem_of_a_handshake_has_the_callers_trace_id() -> None:
    trace = b"0af7651916cd43dd8448eb211c80319c"
    broken = HANDSHAKE.replace(b"dGhl", b"!")
    async with serving(echo) as port, raw_client(port) as client:
        await client.say(broken + b"traceparent: 00-" + trace + b"-b7ad6b7169203331-01\r\n\r\n")
        heard = await client.hear_out()

    assert problem_in(heard)["trace_id"].encode() == trace


async def test_a_refusal_is_heard_and_is_no_error() -> None:
    async with serving(refuse) as port:
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"ws://127.0.0.1:{port}/api")

    assert refused.value.response.status_code == 401
    assert refused.value.response.body == b"who are you?"


async def test_a_client_that_vanishes_before_it_was_answered_is_no_error() -> None:
    came, go = asyncio.Event(), asyncio.Event()

    async def wait_and_refuse(scope: Any, receive: Receive, send: Send) -> None:
        came.set()
        await go.wait()
        await refuse(scope, receive, send)

    async with serving(wait_and_refuse) as port:
        async with raw_client(port) as client:
            await client.say(HANDSHAKE + b"\r\n")
            await came.wait()
        go.set()


@pytest.mark.parametrize("early", [frame(TEXT, b"hello"), b"\xff\xff\xff\xff", b"GET / HTTP/1.1"])
async def test_a_client_that_speaks_before_it_was_answered_is_cut_off(early: bytes) -> None:
    came = asyncio.Event()

    async def wait(_scope: Any, receive: Receive, _send: Send) -> None:
        came.set()
        while (await receive())["type"] != "websocket.disconnect":
            pass

    async with serving(wait) as port, raw_client(port) as client:
        await client.say(HANDSHAKE + b"\r\n")
        await came.wait()
        await client.say(early)
        assert await client.hear_out() == b""


@pytest.mark.parametrize("text", [b"\xff", b"\xc3", b"\xed\xa0\x80"])
async def test_a_text_that_is_none_is_closed_with_1007(text: bytes) -> None:
    async with serving(echo) as port:
        async with raw_client(port) as client:
            await opened(client)
            await client.say(frame(TEXT, text))
            assert struct.pack("!H", 1007) in await client.hear_out()
        assert await still_serves(port)


async def test_a_text_may_be_cut_within_a_letter() -> None:
    async with serving(echo) as port, raw_client(port) as client:
        await opened(client)
        await client.say(frame(TEXT, b"\xc3", is_last=False) + frame(CONTINUED, b"\xbc"))
        assert await client.reader.readexactly(4) == b"\x81\x02\xc3\xbc"


async def test_a_message_of_fragments_without_end_is_closed_with_1008() -> None:
    async with serving(echo) as port:
        async with raw_client(port) as client:
            await opened(client)
            await client.say(frame(TEXT, is_last=False))
            empty = frame(CONTINUED, is_last=False) * (MOST_FRAGMENTS // 10)
            assert struct.pack("!H", 1008) in await client.say_without_end(repeat(empty))
        assert await still_serves(port)


@pytest.mark.parametrize(
    "nonsense",
    [
        b"\x81\x05hello",  # not masked
        b"\xf1\x80" + b"\x00" * 4,  # reserved bits
        b"\x83\x80" + b"\x00" * 4,  # no such opcode
        b"\x80\x80" + b"\x00" * 4,  # continues nothing
        b"\x89\xfe\x01\x00" + b"\x00" * 260,  # a ping that is too long
        b"\x88\x81\x00\x00\x00\x00\x01",  # a close without a code
        b"\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff",  # 9 exabytes
    ],
)
async def test_nonsense_ends_the_socket_and_no_other(nonsense: bytes) -> None:
    async with serving(echo) as port:
        async with raw_client(port) as client:
            await opened(client)
            await client.say(nonsense)
            assert (await client.hear_out())[:1] == b"\x88"
        assert await still_serves(port)


async def test_a_client_that_pings_and_does_not_listen_is_not_listened_to_either() -> None:
    async with serving(echo) as port:
        async with raw_client(port) as client:
            await opened(client)
            client.writer.transport.pause_reading()  # type: ignore[attr-defined]
            pings = frame(PING, b"x" * 125) * 8000
            sent = 0

            async def ping() -> None:
                nonlocal sent
                while True:
                    await client.say(pings)
                    sent += len(pings)

            pinging = asyncio.create_task(ping())
            before = -1
            while before != sent:  # until nothing moves any more
                before = sent
                await asyncio.sleep(0.5)
            pinging.cancel()
            assert sent < 100 << 20
        assert await still_serves(port)


async def test_a_flood_of_frames_does_not_keep_the_others_waiting() -> None:
    turns, taken = 0, Counter[int]()

    async def count(_scope: Any, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        while (await receive())["type"] == "websocket.receive":
            taken[turns] += 1

    async def turn() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    turning = asyncio.create_task(turn())
    async with serving(count) as port, raw_client(port) as client:
        await opened(client)
        await client.say(frame(TEXT, b"x") * 20_000)
        await until(lambda: taken.total() == 20_000)
    turning.cancel()

    assert max(taken.values()) <= PIECE_BYTES // len(frame(TEXT, b"x")) + 1


async def test_pings_among_a_flood_are_answered_each() -> None:
    async with serving(echo) as port, raw_client(port) as client:
        await opened(client)
        flood = asyncio.create_task(client.say((frame(TEXT, b"x") + frame(PING, b"y")) * 3000))
        heard = await client.reader.readexactly(6 * 3000)
        await flood

    assert heard.count(b"\x81\x01x") == heard.count(b"\x8a\x01y") == 3000


async def test_a_message_that_is_too_large_is_closed_with_1009() -> None:
    async with serving(echo) as port:
        async with connect(f"ws://127.0.0.1:{port}/api") as client:
            await client.send("x" * 70_000)
            with pytest.raises(ConnectionClosed):
                await client.recv()
        assert client.close_code == 1009
