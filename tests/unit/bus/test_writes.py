"""Frames that wait leave together, in order, and nothing overtakes or joins what stands alone."""

import asyncio

from aiormq.abc import ChannelFrame

from shared.bus.amqp_writes import BYTES_AT_ONCE, FrameQueue


def frame(payload: bytes) -> ChannelFrame:
    return ChannelFrame(payload=payload, should_close=False)


def waited_for(payload: bytes) -> ChannelFrame:
    sent = asyncio.get_running_loop().create_future()
    return ChannelFrame(payload=payload, should_close=False, drain_future=sent)


async def written(*frames: ChannelFrame) -> list[bytes]:
    queue = FrameQueue()
    for one in frames:
        queue.put_nowait(one)
    return [(await queue.get()).payload for _ in iter(queue.empty, True)]


async def test_what_waits_leaves_in_one_write_and_in_order() -> None:
    assert await written(frame(b"a"), frame(b"b"), frame(b"c")) == [b"abc"]


async def test_what_somebody_waits_for_leaves_alone_and_in_its_place() -> None:
    frames = [frame(b"a"), frame(b"b"), waited_for(b"c"), frame(b"d")]
    assert await written(*frames) == [b"ab", b"c", b"d"]


async def test_nothing_joins_the_last_frame_of_a_connection() -> None:
    last = ChannelFrame(payload=b"b", should_close=True)
    assert await written(frame(b"a"), last) == [b"a", b"b"]


async def test_a_write_has_an_end() -> None:
    large = bytes(BYTES_AT_ONCE)
    assert await written(frame(large), frame(large)) == [large, large]
