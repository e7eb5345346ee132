"""Every error over HTTP is an RFC 9457 problem document. No stack trace, SQL or path is in one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from pydantic import BaseModel, Field

from shared.errors import AppError

PROBLEM_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = {429: 10, 503: 2, 507: 60}
LONGEST_DETAIL = 2000


class FieldFault(BaseModel):
    loc: list[str | int] = Field(examples=[["params", "width"]])
    msg: str


class Problem(BaseModel):
    """`type` is a stable word that programs may branch on; `detail` is for people."""

    type: str = Field(examples=["not_found"])
    title: str
    status: int
    detail: str
    errors: list[FieldFault] | None = None
    trace_id: str


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]  # Content-Type is among them
    body: bytes


def problem_of(
    error: AppError, trace_id: str, *, faults: Sequence[FieldFault] | None = None
) -> Answer:
    problem = Problem(
        type=error.code,
        title=error.code.replace("_", " ").capitalize(),
        status=error.status,
        detail=str(error)[:LONGEST_DETAIL],
        errors=None if faults is None else list(faults),
        trace_id=trace_id,
    )
    headers = dict(error.headers)
    if error.status in RETRY_AFTER_SECONDS:
        headers["Retry-After"] = str(RETRY_AFTER_SECONDS[error.status])
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return answer_with(problem, headers)


def answer_with(problem: Problem, headers: Mapping[str, str]) -> Answer:
    return Answer(
        problem.status,
        {**headers, "Content-Type": PROBLEM_TYPE},
        problem.model_dump_json(exclude_none=True).encode(),
    )
