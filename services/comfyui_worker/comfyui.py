"""ComfyUI over HTTP: the only module that knows its routes."""

import asyncio
import base64
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Self, TypeVar, cast
from urllib.parse import unquote, urlsplit

import httpx

from services.comfyui_worker.answers import (
    About,
    Complaint,
    Ended,
    OutputFile,
    Queue,
    Unintelligible,
    read_about,
    read_history,
    read_json,
    read_object_info,
    read_queue,
    read_refusal,
)
from services.comfyui_worker.identity import MARK_KEY
from services.comfyui_worker.settings import Timing
from services.comfyui_worker.wire import Transport
from shared.errors import Refused, Unavailable

Result = TypeVar("Result")

LARGEST_ANSWER = 64_000_000  # bytes; of what is not a file


class ComfyUiUnavailable(Unavailable):
    """No answer, or one that says nothing about what was asked."""

    code = "comfyui_unavailable"


class PromptRefused(Refused):
    """ComfyUI does not want this prompt. `enqueued`: it runs what it likes of it all the same."""

    code = "prompt_refused"

    def __init__(self, complaint: Complaint, *, enqueued: bool) -> None:
        super().__init__(complaint.message)
        self.complaint = complaint
        self.enqueued = enqueued


class AnswerTooLarge(ComfyUiUnavailable):
    """Nothing that ComfyUI says, and no picture, is that large."""

    code = "answer_too_large"


def name_of(url: str) -> str:
    """For people; without user and password."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)


class ComfyUi:
    """Reads at any time; changes something only while `permitted`.

    `notice` hears of every sign of life (None) and of every silence (why). A look that makes sense
    is a sign of life; the answer to a change is none."""

    def __init__(
        self,
        url: str,
        *,
        timing: Timing,
        permitted: asyncio.Event,
        notice: Callable[[str | None], None],
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.name = name_of(url)
        self._timing = timing
        self._permitted = permitted
        self._notice = notice
        self._url = url
        self._headers = _headers(url)
        # Without a client around it: redirects, cookies and proxies are for the internet.
        self._transport = transport or Transport()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._transport.aclose()

    async def queue(self) -> Queue:
        return await self._ask("/queue", read_queue)

    async def ended(self, prompt_id: str) -> Ended | None:
        return await self._ask(f"/history/{prompt_id}", lambda said: read_history(said, prompt_id))

    async def about(self) -> About:
        return await self._ask("/system_stats", read_about)

    async def object_info(self) -> object:
        """Megabytes, where many extensions are installed."""
        body = await self._fetch("/object_info", seconds=self._timing.download)
        return read_object_info(await asyncio.to_thread(read_json, body))

    async def submit(
        self, prompt_id: str, graph: dict[str, Any], *, mark: dict[str, Any], client_id: str | None
    ) -> None:
        """Raises PromptRefused. ComfyUiUnavailable: it may or may not be in the queue now."""
        body: dict[str, Any] = {
            "prompt": graph,
            "prompt_id": prompt_id,
            "extra_data": {MARK_KEY: mark},
        }
        if client_id is not None:
            body["client_id"] = client_id
        await self._permitted.wait()
        seconds = self._timing.request
        status, answer = await _to_its_end(
            self._exchange("POST", "/prompt", json=body, seconds=seconds)
        )
        if status == httpx.codes.OK:
            said = read_json(answer)
            if isinstance(said, dict) and said.get("node_errors"):
                raise PromptRefused(read_refusal(said), enqueued=True)
        elif status == httpx.codes.BAD_REQUEST:
            raise PromptRefused(_refusal(answer), enqueued=False)
        elif status == httpx.codes.REQUEST_ENTITY_TOO_LARGE:
            raise PromptRefused(Complaint("the prompt is too large for ComfyUI"), enqueued=False)
        else:
            raise ComfyUiUnavailable(f"ComfyUI answered {status} to a prompt")

    async def delete_pending(self, prompt_id: str) -> None:
        await self._post("/queue", {"delete": [prompt_id]})

    async def interrupt(self, prompt_id: str) -> None:
        """Only that prompt: without an id ComfyUI would interrupt whatever runs."""
        if not prompt_id:
            raise ValueError("an interrupt needs a prompt id")
        await self._post("/interrupt", {"prompt_id": prompt_id})

    async def cancel_job(self, prompt_id: str) -> bool:
        """Newer ones have a cancel that cannot hit another prompt. False: this one has not."""
        status, answer = await self._post(f"/api/jobs/{prompt_id}/cancel", {})
        if status != httpx.codes.OK:
            return False
        try:
            said = read_json(answer)
        except Unintelligible:
            return False
        return isinstance(said, dict) and isinstance(said.get("cancelled"), bool)

    async def delete_from_history(self, prompt_ids: list[str]) -> None:
        await self._post("/history", {"delete": prompt_ids})

    async def free_memory(self) -> None:
        await self._post("/free", {"unload_models": True, "free_memory": True})

    async def view(self, file: OutputFile, *, most: int) -> bytes | None:
        """None: there is no such file. Raises AnswerTooLarge, beyond `most` bytes."""
        query = {"filename": file.filename, "subfolder": file.subfolder, "type": file.kind}
        status, body = await self._exchange(
            "GET", "/view", query=query, most=most, seconds=self._timing.download
        )
        if status == httpx.codes.OK:
            return body
        if status < httpx.codes.INTERNAL_SERVER_ERROR:
            return None
        raise ComfyUiUnavailable(f"ComfyUI answered {status} to /view")

    async def _ask(self, path: str, read: Callable[[object], Result]) -> Result:
        """Another program that answers there is no sign of ComfyUI's life."""
        body = await self._fetch(path, seconds=self._timing.request)
        try:
            answer = read(read_json(body))
        except Unintelligible as error:
            self._notice(str(error))
            raise
        self._notice(None)
        return answer

    async def _fetch(self, path: str, *, seconds: float) -> bytes:
        status, body = await self._exchange("GET", path, seconds=seconds)
        if status != httpx.codes.OK:
            reason = f"ComfyUI answered {status} to {path.split('/')[1]}"
            self._notice(reason)
            raise ComfyUiUnavailable(reason)
        return body

    async def _post(self, path: str, body: dict[str, Any]) -> tuple[int, bytes]:
        await self._permitted.wait()
        return await self._exchange("POST", path, json=body, seconds=self._timing.request)

    async def _exchange(
        self,
        method: str,
        path: str,
        *,
        seconds: float,
        json: dict[str, Any] | None = None,
        query: dict[str, str] | None = None,
        most: int = LARGEST_ANSWER,
    ) -> tuple[int, bytes]:
        try:
            request = httpx.Request(
                method, self._url + path, params=query, json=json, headers=self._headers
            )
            async with asyncio.timeout(seconds):
                response = await self._transport.handle_async_request(request)
                try:
                    body = await _read(response, most)
                finally:
                    await response.aclose()
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError, TimeoutError) as error:
            # InvalidURL, UnicodeError: made of something that ComfyUI said before.
            reason = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            self._notice(reason)
            raise ComfyUiUnavailable(reason) from error
        return response.status_code, body


def _headers(url: str) -> list[tuple[str, str]]:
    # Compression between neighbours costs more than it saves.
    headers = [("Accept", "*/*"), ("Accept-Encoding", "identity")]
    parts = urlsplit(url)
    if parts.username is not None:
        who = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers.append(("Authorization", f"Basic {base64.b64encode(who.encode()).decode()}"))
    return headers


async def _read(response: httpx.Response, most: int) -> bytes:
    parts, size = [], 0
    # As they come: what is compressed although it was not asked for might unpack to anything.
    async for part in cast(httpx.AsyncByteStream, response.stream):
        size += len(part)
        if size > most:
            raise AnswerTooLarge(f"more than {most // 1_000_000} million bytes")
        parts.append(part)
    return b"".join(parts)


def _refusal(answer: bytes) -> Complaint:
    try:
        return read_refusal(read_json(answer))
    except Unintelligible:
        return Complaint("ComfyUI refused the prompt and gave no reason")


async def _to_its_end(work: Coroutine[Any, Any, Result]) -> Result:
    """Cancelled or not, `work` is finished first: half of it would leave its effect unknown."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        if not task.cancelled():
            task.exception()  # asked for, so that nobody complains that it was not
        raise
