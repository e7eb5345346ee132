"""What comes in is taken at its word or refused: strict JSON, known fields, every fault named."""

import re
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

import orjson
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
)
from starlette.responses import Response

from gateway.errors import InvalidInput
from shared.names import a_name
from shared.plain_words import in_plain_words
from shared.workflows.parameters import Fault, Loc
from shared.workflows.values import field_name, unknown_field

LARGEST_BIGINT = 2**63 - 1
MOST_FAULTS = 50  # that are told of one request: the nearest name of each is dear to find
_JSON_SUFFIX = re.compile(r"application/[\w.-]+\+json")


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("must not contain a NUL character")
    return text


def _digits(text: object) -> object:
    if isinstance(text, str) and not (text.isascii() and text.isdecimal()):
        raise ValueError("must be a whole number, in digits")
    return text


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("is out of range") from error


# Behind the length, which otherwise is not that of a string any more but of anything.
WithoutNul = AfterValidator(_without_nul)
Search = Annotated[str, Field(max_length=500), WithoutNul]
Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
Tag = Annotated[str, Field(min_length=1, max_length=100), WithoutNul]
Tags = Annotated[list[Tag], Field(max_length=50)]
Name = Annotated[str, AfterValidator(a_name)]
# Python's own int() reads "1_0" as ten, and the digits of every script.
Digits = BeforeValidator(_digits)
RowId = Annotated[int, Digits, Field(ge=1, le=LARGEST_BIGINT)]


class Input(BaseModel):
    """A request's body. Strict: true is no 1, and "1" is no 1."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Query(BaseModel):
    """A request's query, which is all text, so numbers are read from it."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Unusable(Exception):
    def __init__(self, msg: str, loc: Loc = ()) -> None:
        super().__init__(msg)
        self.fault = Fault(loc, msg)


def read_json(body: bytes) -> Any:
    """Raises Unusable: NaN, half of a surrogate pair and NUL characters are refused too."""
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Unusable(f"is not JSON: {error.msg} at line {error.lineno}") from error
    if b"\\u0000" in body:
        for loc in _nul_places(content, ()):
            raise Unusable("must not contain a NUL character", loc)
    return content


def _nul_places(content: object, loc: Loc) -> Iterator[Loc]:
    match content:
        case str() if "\0" in content:
            yield loc
        case dict():
            for name, value in content.items():
                yield from _nul_places(name, loc)
                yield from _nul_places(value, (*loc, field_name(name)))
        case list():
            for index, value in enumerate(content):
                yield from _nul_places(value, (*loc, index))
        case _:
            pass


class StrictRequest(Request):
    async def json(self) -> Any:
        """What cannot be used stays bytes: it fails as a body later, once we know who asks."""
        body = await self.body()
        try:
            return read_json(body)
        except Unusable:
            return body


class StrictRoute(APIRoute):
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def strictly(request: Request) -> Response:
            try:
                return await handle(StrictRequest(request.scope, request.receive))
            except RequestValidationError as error:
                raise InvalidInput(self._faults(request, error)) from None

        return strictly

    def _faults(self, request: Request, error: RequestValidationError) -> list[Fault]:
        if isinstance(error.body, bytes):
            unusable = body_fault(request.headers, error.body)
            return [] if unusable is None else [unusable]
        return [self._fault(one) for one in error.errors()[:MOST_FAULTS]]

    def _fault(self, error: Mapping[str, Any]) -> Fault:
        place, *rest = error["loc"]
        known = self._known_fields(place) if error["type"] == "extra_forbidden" else ()
        return _fault_in(place, tuple(rest), error, known)

    def _known_fields(self, place: str) -> Iterable[str]:
        """No body and no query has models within models."""
        queries = self.dependant.query_params
        field = self.body_field if place == "body" or not queries else queries[0]
        if field is None:
            return ()
        model: type[BaseModel] = field.field_info.annotation  # type: ignore[assignment]
        return model.model_fields


def body_fault(headers: Mapping[str, str], body: bytes) -> Fault | None:
    """What makes these bytes no JSON of ours at all."""
    if not body:
        return Fault(("body",), "is missing: send a JSON object")
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if not (kind == "application/json" or _JSON_SUFFIX.fullmatch(kind)):
        msg = f"must be application/json, not {kind or 'left out'}"
        return Fault(("header", "content-type"), msg[:200])
    try:
        read_json(body)
    except Unusable as error:
        return Fault(error.fault.loc or ("body",), error.fault.msg)
    return None


def model_faults(model: type[BaseModel], error: ValidationError) -> list[Fault]:
    """Those of a body that is JSON, the first of them."""
    details = error.errors(include_url=False, include_context=False, include_input=False)
    known = list(model.model_fields)
    return [_fault_in("body", one["loc"], dict(one), known) for one in details[:MOST_FAULTS]]


def _fault_in(place: str, rest: Loc, error: Mapping[str, Any], known: Iterable[str]) -> Fault:
    loc = tuple(part if isinstance(part, int) else field_name(part) for part in rest)
    if place != "body":
        loc = (place, *loc)
    if error["type"] == "extra_forbidden":
        return Fault(loc, unknown_field(rest[-1], known))
    if error["type"] == "missing" and not loc:
        return Fault(("body",), "is missing: send a JSON object")
    return Fault(loc or ("body",), in_plain_words(error))
