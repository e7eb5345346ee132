"""On a phone."""

import re

import pytest
from playwright.async_api import Page, expect

from tests.web.create import Create, is_drawn
from tests.web.person import NARROW, Person, go

ENDLESS_WORD = "lighthouse" * 12


async def sideways(page: Page) -> list[str]:
    """What sticks out to the right; nothing where the page cannot be scrolled sideways."""
    found: list[str] = await page.evaluate(
        """() => {
          const { scrollWidth, clientWidth } = document.documentElement;
          if (scrollWidth <= clientWidth) return [];
          return [...document.querySelectorAll("main *, header *")]
            .filter(element => element.getBoundingClientRect().right > clientWidth + 1)
            .map(element => element.outerHTML.slice(0, 120)).slice(0, 5);
        }"""
    )
    return found


@pytest.mark.parametrize("width", [360, 390, 768])
async def test_no_page_scrolls_sideways(person: Person, width: int) -> None:
    [number] = await person.makes(f"a lighthouse, {ENDLESS_WORD}", tags=[ENDLESS_WORD[:90]])
    page = await person.opens("/login", viewport=NARROW | {"width": width})

    for address in ("/login", "/", "/generate", "/generate/history", "/gallery", "/settings",
                    f"/{number}"):  # fmt: skip
        await go(page, address)
        await page.wait_for_load_state("networkidle")
        assert await sideways(page) == [], address


async def test_the_tab_bar_leads_everywhere(person: Person) -> None:
    page = await person.opens("/", viewport=NARROW, has_touch=True, is_mobile=True)
    bar = page.get_by_role("navigation", name="Main").and_(page.locator(":visible"))

    for name, address in (
        ("Generate", "/generate"), ("Gallery", "/gallery"), ("Settings", "/settings"),
        ("Dashboard", "/"),
    ):  # fmt: skip
        await bar.get_by_role("link", name=name).tap()
        await expect(page).to_have_url(f"{person.url}{address}")
        await expect(bar.get_by_role("link", name=name)).to_have_attribute("aria-current", "page")


async def test_an_image_is_made_and_opened_with_a_thumb(person: Person) -> None:
    page = await person.opens("/generate", viewport=NARROW, has_touch=True, is_mobile=True)
    create = Create(page)
    await create.prompt.fill("a small boat")

    await create.button.tap()
    await create.shows_picture("a small boat")
    await create.image("a small boat").tap()

    await expect(page).to_have_url(re.compile(r"/\d+$"))
    await is_drawn(page.get_by_role("main").locator("img").last)
