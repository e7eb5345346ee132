"""HTTP/1.1 to the program next door, as a transport for httpx.

Its own one, which can do everything, takes six times as long for an exchange, and there are several
for each job.

A connection is kept open for the next exchange. One that the other side has closed meanwhile is
noticed at once, or with the next question: a GET is then asked again on a new one.
"""

import asyncio
import ssl
from collections import deque
from collections.abc import AsyncIterator
from functools import cache
from typing import cast

import httptools
import httpx

KEPT_SECONDS = 30.0  # less than any server keeps one
MOST_READ_AHEAD = 1 << 20  # bytes
MOST_BESIDE = 1 << 20  # bytes that are not body: headers, trailers, the sizes of chunks
TLS = "https"
PORTS = {"http": 80, TLS: 443}


class Transport(httpx.AsyncBaseTransport):
    """Raises httpx.TransportError. How long an exchange may take is for who asks to say."""

    def __init__(self) -> None:
        self._idle: list[Connection] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = await request.aread()
        while True:
            connection = self._take_idle()
            is_fresh = connection is None
            connection = connection or await _opened(request.url)
            answer = connection.ask(_head(request) + body)
            try:
                await answer.until_head()
            except httpx.TransportError:
                if is_fresh or request.method != "GET":
                    raise
            except BaseException:
                connection.abort()
                raise
            else:
                stream = _Body(connection, answer, self._idle)
                return httpx.Response(answer.status, headers=answer.headers, stream=stream)

    def _take_idle(self) -> "Connection | None":
        while self._idle:
            connection = self._idle.pop()
            if connection.is_usable:
                return connection
            connection.abort()
        return None

    async def aclose(self) -> None:
        while self._idle:
            self._idle.pop().abort()


class Connection(asyncio.Protocol):
    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport
        self._answer: Answer | None = None
        self._idle_since = self._loop.time()
        self._is_lost = False

    def ask(self, question: bytes) -> "Answer":
        self._answer = Answer(self._transport)
        self._transport.write(question)
        return self._answer

    def rest(self) -> None:
        """The answer is there; it waits for the next question."""
        self._answer = None
        self._idle_since = self._loop.time()

    def abort(self) -> None:
        self._transport.abort()

    @property
    def is_usable(self) -> bool:
        is_old = self._loop.time() - self._idle_since > KEPT_SECONDS
        return not (self._is_lost or is_old or self._transport.is_closing())

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's is none by inheritance.
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if self._answer is None:
            self.abort()  # nobody has asked
        else:
            self._answer.feed(data)

    def connection_lost(self, error: Exception | None) -> None:
        self._is_lost = True
        if self._answer is not None:
            self._answer.end(error)


class Answer:
    """What comes back, as it comes: the methods named `on_…` are called by the parser."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.is_complete = False
        self.keeps_connection = False
        self._transport = transport
        self._parser = httptools.HttpResponseParser(self)
        self._parts: deque[bytes] = deque()
        self._read_ahead = 0
        self._body_size = self._fed = 0  # so far
        self._error: httpx.TransportError | None = None
        self._news = asyncio.Event()

    async def until_head(self) -> None:
        while not self.status:
            await self._until_news()

    async def parts(self) -> AsyncIterator[bytes]:
        while self._parts or not self.is_complete:
            if not self._parts:
                await self._until_news()
                continue
            part = self._parts.popleft()
            self._read_ahead -= len(part)
            if self._read_ahead < MOST_READ_AHEAD:
                self._transport.resume_reading()
            yield part

    async def _until_news(self) -> None:
        if self._error is not None:
            raise self._error
        self._news.clear()
        await self._news.wait()

    def feed(self, data: bytes) -> None:
        self._fed += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._refuse(f"not HTTP: {error}")
        if self._fed - self._body_size > MOST_BESIDE + self._body_size:
            self._refuse("there is no end of its headers")
        self._news.set()

    def _refuse(self, reason: str) -> None:
        self._fail(httpx.RemoteProtocolError(reason))
        self.keeps_connection = False
        self._transport.abort()

    def end(self, error: Exception | None) -> None:
        """The connection has ended; where nothing says how long the body is, that is its end."""
        named = {name.lower() for name, _ in self.headers}
        if self.status and error is None and not named & {b"content-length", b"transfer-encoding"}:
            self.is_complete = True
        elif not self.is_complete:
            self._fail(httpx.ReadError(str(error or "the connection was closed")))
        self._news.set()

    def _fail(self, error: httpx.TransportError) -> None:
        self._error = self._error or error

    def on_message_begin(self) -> None:
        if self.is_complete:
            raise ValueError("another answer follows")  # which the parser wraps

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if status < 200:  # more is to come
            self.headers.clear()
        else:
            self.status = status

    def on_body(self, part: bytes) -> None:
        self._parts.append(part)
        self._body_size += len(part)
        self._read_ahead += len(part)
        if self._read_ahead >= MOST_READ_AHEAD:
            self._transport.pause_reading()

    def on_message_complete(self) -> None:
        if self.status:
            self.is_complete = True
            self.keeps_connection = self._parser.should_keep_alive()


class _Body(httpx.AsyncByteStream):
    def __init__(self, connection: Connection, answer: Answer, idle: list[Connection]) -> None:
        self._connection = connection
        self._answer = answer
        self._idle = idle

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._answer.parts()

    async def aclose(self) -> None:
        if self._answer.keeps_connection:
            self._connection.rest()
            self._idle.append(self._connection)
        else:
            self._connection.abort()


@cache
def _trusted() -> ssl.SSLContext:
    return ssl.create_default_context()


async def _opened(url: httpx.URL) -> Connection:
    tls = _trusted() if url.scheme == TLS else None
    port = url.port or PORTS[url.scheme]
    try:
        _, connection = await asyncio.get_running_loop().create_connection(
            Connection, url.host, port, ssl=tls
        )
    except OSError as error:
        raise httpx.ConnectError(str(error)) from error
    return connection


def _head(request: httpx.Request) -> bytes:
    lines = [b"%s %s HTTP/1.1" % (request.method.encode(), request.url.raw_path)]
    lines += [b"%s: %s" % header for header in request.headers.raw]
    return b"\r\n".join((*lines, b"", b""))
