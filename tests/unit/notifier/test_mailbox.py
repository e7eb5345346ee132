import asyncio

from services.notifier.mailbox import LENGTH, PROGRESS_UP_TO, REVOKED, SIZE, Close, Mailbox


async def soon(mailbox: Mailbox) -> str | Close:
    async with asyncio.timeout(5):
        return await mailbox.next()


def never(_frame: str) -> bool:
    return False


async def everything(mailbox: Mailbox) -> list[str | Close]:
    """Up to the close."""
    got: list[str | Close] = []
    while not got or not isinstance(got[-1], Close):
        got.append(await soon(mailbox))
    return got


async def test_frames_leave_in_their_order() -> None:
    mailbox = Mailbox(never)
    for frame in "abc":
        mailbox.put(frame)
    mailbox.close_after_all(Close(1000, ""))

    assert await everything(mailbox) == ["a", "b", "c", Close(1000, "")]


async def test_who_waits_is_woken() -> None:
    mailbox = Mailbox(never)
    waiting = asyncio.create_task(mailbox.next())
    await asyncio.sleep(0)

    mailbox.put("a")

    assert await waiting == "a"


async def test_one_frame_too_many_closes_it_and_drops_the_rest() -> None:
    mailbox = Mailbox(never)
    for number in range(LENGTH + 1):
        mailbox.put(str(number))
    mailbox.put("after")

    (close,) = await everything(mailbox)

    assert isinstance(close, Close)
    assert close.code == 1013


async def test_frames_that_are_too_large_together_close_it_but_one_alone_does_not() -> None:
    mailbox = Mailbox(never)
    mailbox.put("x" * (SIZE + 1))
    assert not mailbox.is_closed

    mailbox.put("y")

    assert mailbox.is_closed


async def test_one_that_is_behind_gets_no_progress_but_all_else() -> None:
    mailbox = Mailbox(never)
    for _ in range(100):
        mailbox.put_progress("progress")
    mailbox.put("event")
    mailbox.close_after_all(Close(1000, ""))

    assert await everything(mailbox) == ["progress"] * PROGRESS_UP_TO + ["event", Close(1000, "")]


async def test_the_first_reason_to_close_stands() -> None:
    mailbox = Mailbox(never)
    mailbox.close(Close(REVOKED, "first"))
    mailbox.close(Close(1013, "second"))

    assert await everything(mailbox) == [Close(REVOKED, "first")]


async def test_a_frame_is_written_at_once_only_where_nothing_waits_before_it() -> None:
    written: list[str] = []
    room = True

    def send_now(frame: str) -> bool:
        if room:
            written.append(frame)
        return room

    mailbox = Mailbox(send_now)
    mailbox.put("a")  # nobody waits yet
    assert await soon(mailbox) == "a"
    mailbox.put("b")  # who took "a" may still be sending it
    assert await soon(mailbox) == "b"
    waiting = asyncio.create_task(mailbox.next())
    await asyncio.sleep(0)
    mailbox.put("c")
    room = False
    mailbox.put("d")
    room = True
    mailbox.put("e")

    assert written == ["c"]
    assert [await waiting, await soon(mailbox)] == ["d", "e"]
