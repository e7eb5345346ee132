"""Dispatcher, workers, content and ComfyUIs, with messages lost, doubled and delayed and each side
killed at any moment: every job ends, and every prompt is accounted for.

PROTOCOL_EXAMPLES=500 plays more of them, at random.
"""

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from deploy.comfyui_simulator.faults import RequestFault
from tests.protocol.accounts import settle_accounts
from tests.protocol.faulty_broker import KINDS, Weather
from tests.protocol.harness import BEHAVIOUR, MOST_STEPS, World

MORE = int(os.environ.get("PROTOCOL_EXAMPLES", 0))
SERVICES = st.sampled_from(["gpu-1", "gpu-2", "dispatcher", "content"])
COMFYUIS = st.integers(0, 1)


@dataclass(frozen=True)
class Submits:
    jobs: int

    async def happen(self, world: World) -> None:
        for _ in range(self.jobs):
            await world.submit()


@dataclass(frozen=True)
class SubmitsWhatTakesLong:
    """It is cancelled before the end, and would otherwise hold up its ComfyUI beyond that."""

    async def happen(self, world: World) -> None:
        await world.submit(steps=MOST_STEPS)


@dataclass(frozen=True)
class Cancels:
    which: int

    async def happen(self, world: World) -> None:
        if world.job_ids:
            await world.cancel(world.job_ids[self.which % len(world.job_ids)])


@dataclass(frozen=True)
class Kills:
    service: str

    async def happen(self, world: World) -> None:
        await world.services[self.service].kill()


@dataclass(frozen=True)
class Stops:
    service: str

    async def happen(self, world: World) -> None:
        await world.services[self.service].stop()


@dataclass(frozen=True)
class Starts:
    service: str

    async def happen(self, world: World) -> None:
        world.services[self.service].start()


@dataclass(frozen=True)
class Restarts:
    service: str

    async def happen(self, world: World) -> None:
        await world.services[self.service].kill()
        world.services[self.service].start()


@dataclass(frozen=True)
class ComfyUiStops:
    which: int

    async def happen(self, world: World) -> None:
        await world.comfyuis[self.which].stop()


@dataclass(frozen=True)
class ComfyUiRestarts:
    which: int

    async def happen(self, world: World) -> None:
        await world.comfyuis[self.which].stop()
        await world.comfyuis[self.which].start()


@dataclass(frozen=True)
class ComfyUiForgets:
    which: int

    async def happen(self, world: World) -> None:
        world.comfyuis[self.which].forget_the_last()


@dataclass(frozen=True)
class ComfyUiAnswersGetLost:
    which: int
    path: str

    async def happen(self, world: World) -> None:
        fault = RequestFault(kind="answer_cut", path=self.path, times=2)
        world.comfyuis[self.which].simulator.add_faults(fault)


@dataclass(frozen=True)
class BrokerLosesEverything:
    async def happen(self, world: World) -> None:
        world.broker.lose_everything()


@dataclass(frozen=True)
class TimePasses:
    seconds: float

    async def happen(self, _world: World) -> None:
        await asyncio.sleep(self.seconds)


HAPPENINGS = st.one_of(
    st.builds(TimePasses, st.sampled_from([0.02, 0.1, 0.3])),
    st.builds(Submits, st.integers(1, 4)),
    st.builds(Submits, st.integers(3, 6)),
    st.builds(SubmitsWhatTakesLong),
    st.builds(SubmitsWhatTakesLong),
    st.builds(Cancels, st.integers(0, 20)),
    st.builds(Restarts, SERVICES),
    st.builds(Kills, SERVICES),
    st.builds(Starts, SERVICES),
    st.builds(Stops, SERVICES),
    st.builds(ComfyUiRestarts, COMFYUIS),
    st.builds(ComfyUiStops, COMFYUIS),
    st.builds(ComfyUiForgets, COMFYUIS),
    st.builds(ComfyUiAnswersGetLost, COMFYUIS, st.sampled_from(["/prompt", "/queue", "/history"])),
    st.builds(BrokerLosesEverything),
)
SOME_KINDS = st.frozensets(st.sampled_from(KINDS))
WEATHERS = st.builds(
    Weather, st.integers(0, 2**32), lost=SOME_KINDS, doubled=SOME_KINDS, delayed=SOME_KINDS
)


async def cancel_what_takes_long(world: World) -> None:
    for job_id in world.job_ids:
        if (await world.job(job_id)).params["steps"] == MOST_STEPS:
            await world.cancel(job_id)


@pytest.mark.slow
@pytest.mark.timeout(300 + 20 * MORE)
@settings(
    max_examples=MORE or 12,
    derandomize=not MORE,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # to shrink takes minutes, and times are not its own
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(weather=WEATHERS, happenings=st.lists(HAPPENINGS, min_size=4, max_size=16))
async def test_every_job_ends_and_every_prompt_is_accounted_for(
    database_url: str, tmp_path: Path, weather: Weather, happenings: list[Submits]
) -> None:
    async with World(database_url, tmp_path, behaviours=(BEHAVIOUR, BEHAVIOUR)) as world:
        await Submits(4).happen(world)
        await world.until_a_prompt_runs()
        world.broker.fate = weather
        for happening in happenings:
            await happening.happen(world)
        await cancel_what_takes_long(world)
        await world.settle()
        await settle_accounts(world)
