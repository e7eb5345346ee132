"""Where messages go, and what queues are made of."""

from dataclasses import replace
from pathlib import Path

import pytest

from shared.bus.amqp_queues import EXCHANGES, queue_arguments
from shared.bus.base import (
    DEAD_QUEUES,
    HEARTBEAT_QUEUE,
    OUTPUT_QUEUE,
    REPORT_QUEUE,
    control_queue,
    live_queue,
    route_of,
    work_queue,
)
from shared.bus.in_process_queue import matches
from shared.bus.timing import Timing
from shared.messages import Message
from shared.messages.base import decode
from tests.contracts.test_messages import GOLDEN, TYPES

QUEUES = (
    work_queue("gpu-1"),
    control_queue("gpu-1"),
    live_queue(),
    REPORT_QUEUE,
    OUTPUT_QUEUE,
    HEARTBEAT_QUEUE,
)


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda path: path.stem)
def test_every_message_is_routed_to_a_queue_that_carries_it(golden: Path) -> None:
    message = decode(golden.read_bytes(), TYPES)
    route = route_of(message)

    takers = [
        queue
        for queue in QUEUES
        for exchange, pattern in queue.bindings
        if exchange == route.exchange and matches(pattern, route.key)
    ]

    assert takers
    assert all(message.type in queue.carries for queue in takers)
    assert route.exchange in EXCHANGES
    if route.mandatory:
        assert len(takers) == 1
        assert takers[0].dead_letters in DEAD_QUEUES


def test_a_message_that_is_none_of_ours_has_no_route() -> None:
    with pytest.raises(TypeError):
        route_of(Message(type="unheard-of", v=1))


def test_a_work_queue_survives_everything_but_a_day_unused() -> None:
    assert queue_arguments(work_queue("gpu-1")) == {
        "x-queue-type": "quorum",
        "x-delivery-limit": 20,
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": "generate.dead",
        "x-single-active-consumer": True,
        "x-expires": 24 * 3600 * 1000,
    }


def test_only_queues_with_dead_letters_are_quorum_queues() -> None:
    assert queue_arguments(HEARTBEAT_QUEUE) == {"x-message-ttl": 15_000}
    assert queue_arguments(control_queue("gpu-1")) == {}
    assert queue_arguments(replace(REPORT_QUEUE, dead_letters=None)) == {}


@pytest.mark.parametrize(
    ("pattern", "key", "is_match"),
    [
        ("#", "job.created.7", True),
        ("#", "", True),
        ("gpu-1", "gpu-1", True),
        ("gpu-1", "gpu-2", False),
        ("job.*.7", "job.created.7", True),
        ("job.*.7", "job.created.8", False),
        ("job.*", "job.created.7", False),
        ("job.#", "job.created.7", True),
        ("#.7", "job.created.7", True),
        ("#.7", "7", True),
        ("job.#.7", "job.7", True),
        ("*", "", True),
        ("job", "job.created", False),
    ],
)
def test_a_binding_matches_as_in_a_topic_exchange(pattern: str, key: str, is_match: bool) -> None:
    assert matches(pattern, key) is is_match


def test_pauses_grow_and_the_last_repeats() -> None:
    timing = Timing()

    assert [timing.pause(number) for number in range(8)] == [1, 2, 4, 8, 16, 30, 30, 30]


def test_reconnecting_is_tried_ever_more_slowly_and_never_in_step() -> None:
    pauses = Timing().reconnect_pauses()

    drawn = [next(pauses) for _ in range(100)]

    assert 0.25 <= drawn[0] <= 0.5
    assert all(2.5 <= pause <= 5 for pause in drawn[4:])
    assert len(set(drawn[4:])) > 50
