"""The state is the server's: whatever becomes of tabs and devices, each shows the same."""

import re

from playwright.async_api import Route, expect

from tests.web.create import Create
from tests.web.darkroom import Darkroom
from tests.web.person import NARROW, Person, opened

STEP = re.compile(r"Step \d+ of 20")


async def test_a_reload_in_the_middle_loses_nothing(person: Person, darkroom: Darkroom) -> None:
    await darkroom.slow_down()
    create = Create(await person.opens("/generate"))
    await create.generate("a bridge")
    await expect(create.row("a bridge")).to_contain_text(STEP)

    await create.page.reload()

    await expect(create.row("a bridge")).to_contain_text(STEP)
    await darkroom.speed_up()
    await create.shows_picture("a bridge")


async def test_a_tab_closed_in_the_middle_and_opened_again_shows_the_image_come(
    person: Person, darkroom: Darkroom
) -> None:
    await darkroom.slow_down()
    device = await person.device()
    create = Create(await opened(device, "/generate"))
    await create.generate("a tower")
    await expect(create.row("a tower")).to_be_visible()
    await create.page.close()

    create = Create(await opened(device, "/generate"))

    await expect(create.row("a tower")).to_contain_text(STEP)
    await darkroom.speed_up()
    await create.shows_picture("a tower")


async def test_what_finished_while_no_tab_was_open_is_there_afterwards(
    person: Person, darkroom: Darkroom
) -> None:
    await darkroom.slow_down()
    device = await person.device()
    create = Create(await opened(device, "/generate"))
    await create.generate("a harbour")
    await expect(create.row("a harbour")).to_be_visible()
    await create.page.close()
    await darkroom.speed_up()
    await person.all_over(count=1)

    create = Create(await opened(device, "/generate"))

    await create.shows_picture("a harbour")
    await expect(create.rows).to_have_count(0)


async def test_a_tab_without_network_for_a_while_catches_up_when_it_is_back(
    person: Person, darkroom: Darkroom
) -> None:
    person.complaints.allow("ERR_INTERNET_DISCONNECTED")
    await darkroom.slow_down()
    device = await person.device()
    create = Create(await opened(device, "/generate"))
    await create.generate("an island")
    await expect(create.row("an island")).to_be_visible()

    await device.set_offline(True)
    await darkroom.speed_up()
    await person.all_over(count=1)
    await device.set_offline(False)

    await create.shows_picture("an island")
    await expect(create.rows).to_have_count(0)


async def test_a_second_tab_and_a_phone_show_what_the_first_one_does(
    person: Person, darkroom: Darkroom
) -> None:
    await darkroom.slow_down()
    device = await person.device()
    first, second = [Create(await opened(device, "/generate")) for _ in range(2)]
    phone = Create(await person.opens("/generate", viewport=NARROW, has_touch=True))
    others = (second, phone)

    await first.generate("a meadow")
    await first.generate("a marsh")
    for other in others:
        await expect(other.row("a meadow")).to_contain_text(STEP)
        await expect(other.row("a marsh")).to_be_visible()
    await phone.page.get_by_role("button", name="Cancel: a marsh").tap()
    for tab in (first, *others):
        await expect(tab.row("a marsh")).to_have_count(0)
    await darkroom.speed_up()

    for tab in (first, *others):
        await tab.shows_picture("a meadow")
        await expect(tab.rows).to_have_count(0)
        await expect(tab.image("a marsh")).to_have_count(0)


async def test_a_page_whose_script_did_not_arrive_asks_for_it_again(person: Person) -> None:
    person.complaints.allow("Failed to load resource")
    device = await person.device()
    main_script = re.compile(r"/assets/index-[^/]*\.js$")
    cut_off: list[str] = []

    async def cut_once(route: Route) -> None:
        if cut_off:
            await route.continue_()
            return
        cut_off.append(route.request.url)
        await route.abort("connectionreset")

    await device.route(main_script, cut_once)
    page = await opened(device, "/gallery")

    await expect(page.get_by_role("heading", name="No images yet")).to_be_visible()
    assert len(cut_off) == 1
