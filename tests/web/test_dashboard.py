"""What is going on, at a glance, and what needs a hand."""

import re

from playwright.async_api import expect

from tests.web.create import is_drawn
from tests.web.darkroom import Darkroom
from tests.web.person import Person


async def test_what_runs_is_seen_there_and_its_image_when_it_is_made(
    person: Person, darkroom: Darkroom
) -> None:
    await darkroom.slow_down()
    page = await person.opens("/")
    await expect(page.get_by_text("Nothing developed yet")).to_be_visible()
    queue = page.get_by_role("region", name="Queue")

    await person.submit("a comet")
    await expect(queue.get_by_role("listitem")).to_contain_text(re.compile(r"a comet.*Step \d+"))
    await darkroom.speed_up()

    image = page.get_by_role("link", name="Open: a comet")
    await is_drawn(image.locator("img"))
    await expect(queue.get_by_role("listitem")).to_have_count(0)
    await expect(page.get_by_text("Nothing developed yet")).to_have_count(0)


async def test_a_failure_needs_a_hand_until_it_was_tried_again(
    person: Person, darkroom: Darkroom
) -> None:
    await darkroom.comfyui.fail("execution_error", where="a shy comet", times=1)
    await person.submit("a shy comet")
    await person.all_over(count=1)
    page = await person.opens("/")
    await expect(page.get_by_text("1 job failed today")).to_be_visible()

    await page.get_by_role("button", name="Retry: a shy comet").click()

    await is_drawn(page.get_by_role("link", name="Open: a shy comet").locator("img"))
    await expect(page.get_by_text("1 job failed today")).to_have_count(0)


async def test_the_worker_is_shown_with_what_it_does(person: Person, darkroom: Darkroom) -> None:
    await darkroom.slow_down()
    page = await person.opens("/")
    workers = page.get_by_role("main").get_by_text("Ready", exact=True)
    await expect(workers).to_be_visible()

    await person.submit("keeps it busy")

    await expect(page.get_by_role("main").get_by_text("Busy", exact=True)).to_be_visible()
