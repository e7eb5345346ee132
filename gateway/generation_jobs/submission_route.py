"""The one route that has to be quick: its request is read by hand, and found without FastAPI.

FastAPI documents it by the signature of its endpoint. Its own way there, with its layers and the
solving of that signature, costs as much again as everything a job takes."""

import re
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from fastapi import Request
from fastapi.routing import APIRoute
from pydantic import ValidationError
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.dependencies import asker, parts_of
from gateway.errors import InvalidInput, bug_of, problem_of
from gateway.generation_jobs.schemas import JobRequest
from gateway.generation_jobs.submission import draw_seed
from gateway.input import Unusable, body_fault, model_faults, read_json
from gateway.parts import Parts
from shared.errors import AppError, Invalid
from shared.workflows.parameters import Fault
from shared.workflows.resolve import InvalidParams

JSON = "application/json"
IDEMPOTENCY_KEY = r"^[\x20-\x7e]{1,255}$"


class Shortcut:
    """Past FastAPI to that route; everything else goes the usual way."""

    def __init__(self, app: ASGIApp, *, to: BaseRoute) -> None:
        assert isinstance(to, SubmissionRoute)  # noqa: S101 - which its router does not tell
        self._app = app
        self._route = to
        self._submit = to.get_route_handler()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_ours = scope["type"] == "http" and scope["path"] == self._route.path
        if not is_ours or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        scope["app"], scope["route"] = self._app, self._route
        request = Request(scope, receive)
        try:
            response = await self._submit(request)
        except AppError as error:
            response = problem_of(error, scope["trace_id"])
        except Exception:  # FastAPI, which answers bugs elsewhere, is not asked here
            await bug_of(scope["trace_id"])(scope, receive, send)
            raise  # uvicorn logs it
        await response(scope, receive, send)


class SubmissionRoute(APIRoute):
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        async def submit(request: Request) -> Response:
            identity = await asker(request)
            parts = await parts_of(request)
            key = idempotency_key_in(request.headers)
            wanted = wanted_job(parts, request.headers, await request.body())
            response: Response = await self.endpoint(request, wanted, identity, key)
            return response

        return submit


def idempotency_key_in(headers: Headers) -> str | None:
    """Raises InvalidInput."""
    key = headers.get("idempotency-key")
    if key is not None and not re.fullmatch(IDEMPOTENCY_KEY, key):
        msg = "must be 1 to 255 characters of printable ASCII"
        raise InvalidInput([Fault(("header", "idempotency-key"), msg)])
    return key


def wanted_job(parts: Parts, headers: Headers, body: bytes) -> JobRequest:
    """Raises InvalidInput, which names all that is wrong inside the params and outside of them."""
    try:
        content = read_json(body)
    except Unusable:
        content = None
    if content is None or headers.get("content-type") != JSON:
        unusable = body_fault(headers, body)
        if unusable is not None:
            raise InvalidInput([unusable])
    try:
        return JobRequest.model_validate(content)
    except ValidationError as error:
        faults = model_faults(JobRequest, error)
        named = {fault.loc for fault in faults}
        further = faults_of_params(parts, content) if isinstance(content, dict) else ()
        raise InvalidInput(
            [*faults, *(fault for fault in further if fault.loc not in named)]
        ) from None


def faults_of_params(parts: Parts, content: dict[str, Any]) -> Sequence[Fault]:
    params = content.get("params", {})
    if not isinstance(params, dict):
        return []  # said already
    options = parts.offers.latest
    try:
        workflow = parts.workflows.choose(str(content.get("job_type", "image")), params)
        workflow.validate(
            params, prompt="", negative_prompt="", draw_seed=draw_seed, options=options
        )
    except InvalidParams as error:
        return error.errors
    except Invalid:
        return []  # the job type, which is said already
    return []
