"""The dispatcher's settings, and how long it waits for what."""

from dataclasses import dataclass
from datetime import timedelta

from shared.db.jobs import LEASE
from shared.settings import BrokerSettings, DatabaseSettings, ProcessSettings


@dataclass(frozen=True)
class Timing:
    """The design's values; tests shrink them."""

    tick: float = 1.0  # seconds between looks at the tables when nobody nudges
    pace: float = 0.01  # seconds between rounds: what comes meanwhile shares the next one
    assign_pace: float = 0.02  # as long: a worker has a job ahead, so no GPU waits for it
    lease: timedelta = LEASE
    late_tick: float = 10.0  # seconds: a tick this late means that we were frozen
    live: timedelta = timedelta(seconds=15)  # a worker not heard for longer gets nothing
    unlisted_after: timedelta = timedelta(seconds=10)  # of assignment, heartbeats should list it
    claim_within: timedelta = timedelta(seconds=30)  # else it may go to a free worker
    first_pause: timedelta = timedelta(seconds=5)  # before the attempt after a counted failure
    longest_pause: timedelta = timedelta(minutes=5)
    ailing_pause: timedelta = timedelta(seconds=10)  # after a failure blamed on the worker
    listen_test: float = 10.0  # seconds between tests of the listening connection
    metrics: float = 15.0  # seconds between looks at what an operator must know


class Settings(ProcessSettings, DatabaseSettings, BrokerSettings):
    dispatcher_timing: Timing = Timing()
