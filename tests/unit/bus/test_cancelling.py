"""A cancellation is never lost, and never made up."""

import asyncio

import pytest

from shared.bus.amqp_errors import broker_errors
from shared.bus.base import BrokerUnavailable
from shared.bus.consumer import Outcome, outcome_of


async def test_a_cancellation_that_nobody_asked_for_is_an_outage() -> None:
    with pytest.raises(BrokerUnavailable):
        async with broker_errors("publishing"):
            raise asyncio.CancelledError


@pytest.mark.parametrize("hidden_by", [ConnectionResetError, TimeoutError, asyncio.CancelledError])
async def test_whatever_error_a_cancelled_task_meets_it_is_cancelled(
    hidden_by: type[BaseException],
) -> None:
    waiting = asyncio.Event()

    async def connect() -> None:
        async with broker_errors("connecting"):
            try:
                waiting.set()
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                raise hidden_by from None

    task = asyncio.create_task(connect())
    await waiting.wait()
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_whatever_error_a_cancelled_handler_raises_its_task_is_cancelled() -> None:
    waiting = asyncio.Event()

    async def handle() -> None:
        try:
            waiting.set()
            await asyncio.Event().wait()
        finally:
            raise ZeroDivisionError

    task = asyncio.create_task(outcome_of(handle))
    await waiting.wait()
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_what_takes_too_long_is_an_outage() -> None:
    with pytest.raises(BrokerUnavailable):
        async with broker_errors("declaring", within=0.01):
            await asyncio.Event().wait()


async def test_a_handler_that_meets_somebody_elses_cancellation_has_a_bug() -> None:
    async def handle() -> None:
        raise asyncio.CancelledError

    assert await outcome_of(handle) is Outcome.BUG
