"""How ComfyUI answers: JSON that may hold a bare NaN, bodies of any type, plain 500s."""

import json
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

LARGEST_BODY = 100 * 1024 * 1024


class Trouble(Exception):
    """The handler would have crashed in the real program: 500, plain text."""


def json_answer(content: Any, status: int = 200) -> Response:
    text = json.dumps(content)
    return Response(text, status_code=status, media_type="application/json; charset=utf-8")


async def trouble_answer(_: Request, __: Exception) -> Response:
    text = "500 Internal Server Error\n\nServer got itself in trouble"
    return PlainTextResponse(text, status_code=500)


def method_not_allowed(error: HTTPException) -> Response:
    text = "405: Method Not Allowed"
    return PlainTextResponse(text, status_code=405, headers=error.headers)


def too_large() -> Response:
    text = f"Maximum request body size {LARGEST_BODY} exceeded."
    return PlainTextResponse(text, status_code=413)


async def body_of(request: Request) -> Any:
    """The JSON in the body, whatever its declared type. Trouble: there is none."""
    try:
        return json.loads(await request.body())
    except ValueError as error:
        raise Trouble(str(error)) from error


async def object_of(request: Request) -> dict[str, Any]:
    """Trouble: the body is no JSON object."""
    body = await body_of(request)
    if not isinstance(body, dict):
        raise Trouble(f"a {type(body).__name__} is not an object")
    return body
