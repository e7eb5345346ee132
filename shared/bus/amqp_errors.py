"""Everything that aiormq raises where the broker is away, as one error."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiormq.exceptions import AMQPError, PublishError
from pamqp.exceptions import PAMQPException

from shared.bus.base import BrokerUnavailable, Unroutable

ANSWER_SECONDS = 5

# RuntimeError: "closed", of a connection that was lost a moment ago. The last three: who answers is
# no AMQP server, or hangs up.
AWAY = (AMQPError, OSError, RuntimeError, PAMQPException, EOFError, StopAsyncIteration)


@asynccontextmanager
async def broker_errors(doing: str, *, within: float = ANSWER_SECONDS) -> AsyncIterator[None]:
    """Raises BrokerUnavailable or Unroutable; whatever is done in it takes `within` seconds."""
    task = asyncio.current_task()
    cancellations = task.cancelling() if task else 0
    try:
        async with asyncio.timeout(within):
            yield
    except TimeoutError as error:
        raise BrokerUnavailable(f"{doing}: no answer within {within:g} s") from error
    except PublishError as error:
        raise Unroutable(f"{doing}: no queue takes it") from error
    except AWAY as error:
        raise BrokerUnavailable(f"{doing}: {type(error).__name__}: {error}") from error
    except asyncio.CancelledError as error:
        # aiormq's word for a lost connection; it looks as if somebody had cancelled this task.
        if task and task.cancelling() > cancellations:
            raise
        raise BrokerUnavailable(f"{doing}: the connection was lost") from error


def reason_of(closing: "asyncio.Future[object]") -> str:
    """Why a connection or channel was closed, from the future that says that it was."""
    error = None if closing.cancelled() else closing.exception()
    if error is None or isinstance(error, asyncio.CancelledError):
        return "no sign of life"  # heartbeats; closed by us has another reason
    return f"{type(error).__name__}: {error}"
