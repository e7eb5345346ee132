"""What is dear to read is read once for all who ask."""

import asyncio

import pytest

from shared import remembered
from shared.remembered import Remembered


class Source:
    def __init__(self) -> None:
        self.readings = 0
        self.may_end = asyncio.Event()
        self.may_end.set()
        self.failure: Exception | None = None

    async def read(self) -> int:
        self.readings += 1
        number = self.readings
        await self.may_end.wait()
        if self.failure is not None:
            raise self.failure
        return number


@pytest.fixture
async def source() -> Source:
    return Source()


async def test_it_is_read_once_for_all_who_ask_at_once_and_while_it_lasts(source: Source) -> None:
    kept = Remembered(source.read, lasts_seconds=3600)

    assert await asyncio.gather(*(kept.now() for _ in range(50))) == [1] * 50
    assert await kept.now() == 1


async def test_it_is_read_again_when_it_is_old(source: Source) -> None:
    kept = Remembered(source.read, lasts_seconds=0, longest_seconds=3600)

    assert [await kept.now(), await kept.now()] == [1, 2]


async def test_where_reading_takes_long_the_old_serves_meanwhile(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remembered, "LONG_SECONDS", 0)
    kept = Remembered(source.read, lasts_seconds=0, longest_seconds=3600)
    await kept.now()

    source.may_end.clear()
    assert [await kept.now() for _ in range(3)] == [1, 1, 1]
    await asyncio.sleep(0)
    assert source.readings == 2
    source.may_end.set()
    async with asyncio.timeout(5):
        while await kept.now() < 2:
            await asyncio.sleep(0)


async def test_one_who_goes_away_does_not_take_the_reading_from_the_others(source: Source) -> None:
    kept = Remembered(source.read, lasts_seconds=3600)
    source.may_end.clear()
    first, second = asyncio.create_task(kept.now()), asyncio.create_task(kept.now())
    await asyncio.sleep(0)

    first.cancel()
    source.may_end.set()

    assert await second == 1


async def test_a_failure_is_told_to_all_who_wait_and_not_remembered(source: Source) -> None:
    kept = Remembered(source.read, lasts_seconds=3600)
    source.failure = OSError("away")
    told = await asyncio.gather(kept.now(), kept.now(), return_exceptions=True)
    source.failure = None

    assert [str(one) for one in told] == ["away", "away"]
    assert await kept.now() == 2
