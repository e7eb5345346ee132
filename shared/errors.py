"""Every error this system raises on purpose, grouped by what the caller should do next.

AppError
├── Refused          the request is wrong; repeating it cannot help   (HTTP 4xx, dead-letter)
│   ├── Unauthorized 401
│   ├── NotFound     404
│   ├── Forbidden    403
│   ├── Conflict     409
│   └── Invalid      422
└── Unavailable      a dependency is down; try again later            (HTTP 503, hold the message)

Anything else that escapes is a bug: HTTP 500, a few redeliveries, then the dead-letter queue.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar


class AppError(Exception):
    """Root of deliberate errors. `code` is a stable slug that clients may branch on."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    headers: Mapping[str, str] = MappingProxyType({})  # that an HTTP answer has besides its body


class Refused(AppError):
    code, status = "refused", 400


class Unauthorized(Refused):
    code, status = "unauthorized", 401


class NotFound(Refused):
    code, status = "not_found", 404


class Forbidden(Refused):
    code, status = "forbidden", 403


class Conflict(Refused):
    code, status = "conflict", 409


class Invalid(Refused):
    code, status = "invalid", 422


class Unavailable(AppError):
    code, status = "unavailable", 503
