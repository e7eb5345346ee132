"""Every error is an RFC 9457 problem document. No stack trace, SQL or path is ever in one.

AppError             its own status and code; Unavailable also says when to come back
HTTPException        Starlette's own: no such route (a browser gets the page), method not allowed
anything else        a bug: 500; uvicorn logs it, once, with the traceback
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from gateway import page
from shared.errors import AppError, Conflict, Forbidden, Invalid, Refused, Unavailable
from shared.serving import problems
from shared.serving.problems import Answer, FieldFault, Problem
from shared.workflows.parameters import Fault
from shared.workflows.resolve import InvalidParams


class InvalidInput(Invalid):
    """Everything that is wrong with a request, each with its place."""

    code = "invalid_input"

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(f"{'.'.join(map(str, loc))}: {msg}" for loc, msg in faults))
        self.faults = tuple(faults)


class CrossSite(Forbidden):
    code = "cross_site"


class AdminOnly(Forbidden):
    code = "admin_only"


class BodyTooLarge(Refused):
    code, status = "body_too_large", 413


class TooManyUnfinished(Refused):
    code, status = "too_many_unfinished", 429


class IdempotencyKeyReused(Invalid):
    code = "idempotency_key_reused"


class JobFinished(Conflict):
    code = "job_finished"


class JobNotFinished(Conflict):
    code = "job_not_finished"


class StorageFull(Unavailable):
    code, status = "storage_full", 507


def install(app: FastAPI) -> None:
    for kind in (AppError, HTTPException, Exception):
        app.add_exception_handler(kind, _answer_to)


def problem_of(error: AppError, trace_id: str) -> Response:
    faults: Sequence[Fault] | None = None
    if isinstance(error, InvalidInput):
        faults = error.faults
    elif isinstance(error, InvalidParams):
        faults = error.errors
    fields = None if faults is None else [_field(fault) for fault in faults]
    return _response(problems.problem_of(error, trace_id, faults=fields))


def _field(fault: Fault) -> FieldFault:
    return FieldFault(loc=list(fault.loc), msg=fault.msg)


async def _answer_to(request: Request, error: Exception) -> Response:
    match error:
        case AppError():
            return problem_of(error, request.scope["trace_id"])
        case HTTPException():
            return _by_the_router(request, error)
        case _:
            return bug_of(request.scope["trace_id"])


def _by_the_router(request: Request, error: HTTPException) -> Response:
    if error.status_code == HTTPStatus.NOT_FOUND and page.wants_page(request):
        return page.send(request)
    phrase = HTTPStatus(error.status_code).phrase
    details = {
        HTTPStatus.NOT_FOUND: "there is nothing at this address; /docs lists what there is",
        HTTPStatus.METHOD_NOT_ALLOWED: f"{request.method} is not possible here",
    }
    problem = Problem(
        type=phrase.lower().replace(" ", "_"),
        title=phrase,
        status=error.status_code,
        detail=details.get(HTTPStatus(error.status_code), phrase),
        trace_id=request.scope["trace_id"],
    )
    return _answer(problem, error.headers or {})


def bug_of(trace_id: str) -> Response:
    problem = Problem(
        type="internal",
        title="Internal server error",
        status=500,
        detail="this is a bug in Darkroom; the log has its trace under this trace_id",
        trace_id=trace_id,
    )
    return _answer(problem, {})


def _answer(problem: Problem, headers: Mapping[str, str]) -> Response:
    return _response(problems.answer_with(problem, headers))


def _response(answer: Answer) -> Response:
    return Response(answer.body, status_code=answer.status, headers=answer.headers)
