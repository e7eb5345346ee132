"""Both buses, for the tests of what is promised of either."""

import pytest

from shared.bus.amqp import AmqpBus
from shared.bus.in_process import InProcessBroker, InProcessBus
from shared.bus.linked import LinkedBus
from shared.bus.timing import Timing
from tests.contracts.bus_parts import QUICK, NewBus


@pytest.fixture(params=["in_process", pytest.param("rabbitmq", marks=pytest.mark.rabbitmq)])
def new_bus(request: pytest.FixtureRequest) -> NewBus:
    """Makes buses that meet at one broker, each as if in a process of its own."""
    if request.param == "in_process":
        broker = InProcessBroker()

        def in_process(timing: Timing = QUICK) -> LinkedBus:
            return InProcessBus(broker, timing=timing)

        return in_process
    url: str = request.getfixturevalue("amqp_url")

    def amqp(timing: Timing = QUICK) -> LinkedBus:
        return AmqpBus(url, name="test", timing=timing)

    return amqp
