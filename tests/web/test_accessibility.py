"""What those need who do not see it, see it badly, or are made ill by motion."""

import pytest
from playwright.async_api import Page, expect

from tests.web.accessibility import grave_violations
from tests.web.create import Create
from tests.web.darkroom import Darkroom
from tests.web.person import NARROW, WIDE, Person, go

PAGES = ("/", "/generate", "/generate/history", "/gallery", "/settings", "/login")
MOVING = """() => [...document.querySelectorAll("*")].flatMap(element =>
  [null, "::before", "::after"].filter(part => {
    const { animationName, transitionDuration } = getComputedStyle(element, part);
    return animationName !== "none" || !/^(0s(, )?)+$/.test(transitionDuration);
  }).map(part => element.outerHTML.slice(0, 100) + (part ?? "")))"""


async def settled(page: Page, address: str) -> None:
    await go(page, address)
    await page.wait_for_load_state("networkidle")


async def nothing_grave_on(page: Page, *addresses: str) -> None:
    found = []
    for address in addresses:
        await settled(page, address)
        found += [f"{address}: {violation}" for violation in await grave_violations(page)]
    assert not found, "\n\n".join(found)


async def nothing_grave_now(page: Page) -> None:
    found = await grave_violations(page)
    assert not found, "\n\n".join(map(str, found))


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("theme", ["dark", "light"])
async def test_axe_finds_nothing_serious_on_any_page(
    person: Person, darkroom: Darkroom, theme: str, viewport: dict[str, int]
) -> None:
    [number] = await person.makes("a quiet street", negative_prompt="cars", tags=["street"])
    await darkroom.comfyui.fail("execution_error", where="a loud street", times=1)
    await person.submit("a loud street")
    await person.all_over(count=2)
    page = await person.opens("/", color_scheme=theme, viewport=viewport, reduced_motion="reduce")

    await nothing_grave_on(page, *PAGES, f"/{number}")


@pytest.mark.parametrize("theme", ["dark", "light"])
async def test_axe_finds_nothing_serious_where_nothing_is_yet(person: Person, theme: str) -> None:
    page = await person.opens("/", color_scheme=theme, reduced_motion="reduce")

    await nothing_grave_on(page, "/", "/generate", "/generate/history", "/gallery")


@pytest.mark.parametrize("theme", ["dark", "light"])
async def test_axe_finds_nothing_serious_in_what_opens(
    person: Person, darkroom: Darkroom, theme: str
) -> None:
    await darkroom.slow_down()
    page = await person.opens("/generate", color_scheme=theme, reduced_motion="reduce")
    create = Create(page)
    await page.get_by_role("button", name="Advanced").click()
    await page.get_by_role("button", name="Add a LoRA").click()
    await create.button.click()
    await expect(create.prompt).to_have_attribute("aria-invalid", "true")
    await nothing_grave_now(page)

    await create.generate("a busy street", count=3)
    await expect(create.status).to_contain_text("Step")
    await nothing_grave_now(page)

    await page.get_by_role("button", name="Queue:").click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    await nothing_grave_now(page)


async def test_nothing_moves_for_those_who_asked_for_that(person: Person) -> None:
    await person.makes("a still lake")
    for address in ("/generate", "/gallery", "/"):
        page = await person.opens(address)
        await page.wait_for_load_state("networkidle")
        assert await page.evaluate(MOVING) != []

        await page.emulate_media(reduced_motion="reduce")
        assert await page.evaluate(MOVING) == []
