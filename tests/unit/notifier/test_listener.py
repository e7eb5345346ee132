"""No order of snapshots and events makes a version go backwards."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.notifier.listener import Listener, Told
from services.notifier.mailbox import LENGTH, Mailbox

JOB = UUID(int=1)


def listener() -> Listener:
    return Listener(UUID(int=2), UUID(int=3), Mailbox(lambda frame: False))


def event(version: int, job_id: UUID = JOB) -> Told:
    return Told(str(version), job_id, version)


async def told(one: Listener) -> list[str]:
    frames = []
    one.mailbox.put("end")
    while (frame := await one.mailbox.next()) != "end":
        frames.append(str(frame))
    return frames


async def test_what_is_held_follows_the_snapshot_if_it_is_newer() -> None:
    one = listener()
    one.hold()
    for version in (2, 3, 4):
        one.tell(event(version))

    one.release(["snapshot"], {JOB: 3}, caught_up=[])

    assert await told(one) == ["snapshot", "4"]


async def test_events_that_come_after_the_snapshot_but_are_older_are_dropped() -> None:
    one = listener()
    one.hold()
    one.release(["snapshot"], {JOB: 3}, caught_up=[])

    for version in (1, 2, 3, 4, 5):
        one.tell(event(version))

    assert await told(one) == ["snapshot", "4", "5"]


async def test_what_a_stale_one_is_told_waits_for_a_snapshot_of_everything() -> None:
    one = listener()
    one.hold()
    one.is_stale = True
    one.release(["partial"], {JOB: 3}, caught_up=[])
    one.tell(event(4))
    one.tell(event(5))

    one.is_stale = False
    one.release(["everything"], {JOB: 4}, caught_up=[])

    assert await told(one) == ["partial", "everything", "5"]


async def test_progress_is_not_told_before_the_snapshot_nor_of_an_older_version() -> None:
    one = listener()
    one.hold()
    one.tell_progress("held", job_id=JOB, version=9)
    one.release(["snapshot"], {JOB: 3}, caught_up=[])

    one.tell_progress("old", job_id=JOB, version=2)
    one.tell_progress("new", job_id=JOB, version=3)

    assert await told(one) == ["snapshot", "new"]


async def test_one_that_waits_too_long_for_its_snapshot_is_closed() -> None:
    one = listener()
    one.hold()
    for version in range(LENGTH + 1):
        one.tell(event(version, UUID(int=version)))

    assert one.mailbox.is_closed


@given(st.lists(st.one_of(st.integers(1, 9), st.sampled_from(["hold", "release"])), max_size=60))
async def test_versions_never_go_backwards(steps: list[int | str]) -> None:
    """As the hub does it: events rise, a snapshot is at least as new as any event told so far."""
    one = listener()
    newest = told_by_hub = 0
    for step in steps:
        match step:
            case "hold":
                one.hold()
            case "release" if one.is_holding:
                newest += 1
                caught_up = [JOB] if told_by_hub >= newest else []
                one.release([str(newest)], {JOB: newest}, caught_up)
            case int() if step > told_by_hub:
                told_by_hub = step
                newest = max(newest, step)
                one.tell(event(step))

    frames = [int(frame) for frame in await told(one)]
    assert frames == sorted(frames)
