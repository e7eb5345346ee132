"""Everything that aiormq raises where the broker is away, as one error."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiormq.exceptions import AMQPError, PublishError
from pamqp.exceptions import PAMQPException

from shared.bus.base import BrokerUnavailable, Unroutable
from shared.bus.cancelling import Cancelling

ANSWER_SECONDS = 5

# RuntimeError: "closed", of a connection that was lost a moment ago. The last three: who answers is
# no AMQP server, or hangs up.
AWAY = (AMQPError, OSError, RuntimeError, PAMQPException, EOFError, StopAsyncIteration)


@asynccontextmanager
async def broker_errors(doing: str, *, within: float = ANSWER_SECONDS) -> AsyncIterator[None]:
    """Raises BrokerUnavailable or Unroutable; whatever is done in it takes `within` seconds."""
    cancelling = Cancelling()
    try:
        async with asyncio.timeout(within):
            yield
    except (*AWAY, asyncio.CancelledError) as error:
        cancelling.check(error)
        raise _translated(error, doing) from error


def _translated(error: BaseException, doing: str) -> BrokerUnavailable | Unroutable:
    match error:
        case PublishError():
            return Unroutable(f"{doing}: no queue takes it")
        case TimeoutError():
            return BrokerUnavailable(f"{doing}: no answer in time")
        case asyncio.CancelledError():
            return BrokerUnavailable(f"{doing}: the connection was lost")
        case _:
            return BrokerUnavailable(f"{doing}: {type(error).__name__}: {error}")


def reason_of(closing: "asyncio.Future[object]") -> str:
    """Why a connection or channel was closed, from the future that says that it was."""
    error = None if closing.cancelled() else closing.exception()
    if error is None or isinstance(error, asyncio.CancelledError):
        return "no sign of life"  # heartbeats; closed by us has another reason
    return f"{type(error).__name__}: {error}"
