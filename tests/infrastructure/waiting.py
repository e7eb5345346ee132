"""Waiting for a condition instead of for a time."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, overload

Result = TypeVar("Result")
POLL_SECONDS = 0.02


@overload
async def until(
    condition: Callable[[], Awaitable[Result]],
    *,
    within: float = 10,
    every: float = POLL_SECONDS,
    what: str | None = None,
) -> Result: ...
@overload
async def until(
    condition: Callable[[], Result],
    *,
    within: float = 10,
    every: float = POLL_SECONDS,
    what: str | None = None,
) -> Result: ...
async def until(
    condition: Callable[[], Any],
    *,
    within: float = 10,
    every: float = POLL_SECONDS,
    what: str | None = None,
) -> Any:
    """The first truthy result of `condition`; TimeoutError names it and its last result."""
    result: object = "it never answered"
    try:
        async with asyncio.timeout(within):
            while True:
                answer = condition()
                result = await answer if inspect.isawaitable(answer) else answer
                if result:
                    return result
                await asyncio.sleep(every)
    except TimeoutError as error:
        name = what or getattr(condition, "__qualname__", repr(condition))
        raise TimeoutError(f"not within {within} s: {name}; last result: {result!r}") from error
