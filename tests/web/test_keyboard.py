"""Everything can be reached with Tab and done with Enter."""

import re

from playwright.async_api import Locator, Page, expect

from tests.web.create import Create, is_drawn
from tests.web.person import Person, opened

MOST_TABS = 80


async def tab_to(page: Page, wanted: Locator) -> None:
    await expect(wanted).to_be_visible()
    for _ in range(MOST_TABS):
        await page.keyboard.press("Tab")
        if await wanted.evaluate("element => element === document.activeElement"):
            await is_marked(page)
            return
    raise AssertionError(f"{MOST_TABS} times Tab do not reach {wanted}")


async def is_marked(page: Page) -> None:
    """One sees where the focus is: by an outline, or by the border of a field."""
    marked = await page.evaluate(
        """() => {
          const focused = document.activeElement;
          const { outlineStyle, outlineWidth } = getComputedStyle(focused);
          const hasOutline = outlineStyle !== "none" && parseFloat(outlineWidth) >= 1;
          return hasOutline || focused.matches("input, textarea");
        }"""
    )
    assert marked, await page.evaluate("document.activeElement.outerHTML")


async def test_from_signing_in_to_an_image_and_back_without_a_mouse(person: Person) -> None:
    page = await opened(await person.stranger(), "/login")
    create = Create(page)
    navigation = page.get_by_role("banner").get_by_role("navigation")
    press, write = page.keyboard.press, page.keyboard.type

    await expect(page.get_by_label("Token", exact=True)).to_be_focused()
    await write(person.token.token)
    await press("Enter")
    await expect(page).to_have_url(f"{person.url}/")

    await tab_to(page, navigation.get_by_role("link", name="Generate"))
    await press("Enter")
    await expect(page).to_have_url(f"{person.url}/generate")

    await tab_to(page, create.prompt)
    await write("a paper crane")
    await tab_to(page, create.button)
    await press("Enter")
    await create.shows_picture("a paper crane")

    await tab_to(page, create.image("a paper crane"))
    await press("Enter")
    await expect(page).to_have_url(re.compile(r"/\d+$"))
    await is_drawn(page.get_by_role("main").locator("img").last)

    await tab_to(page, page.get_by_role("button", name="Back"))
    await press("Enter")
    await expect(page).to_have_url(f"{person.url}/generate")
    await create.shows_picture("a paper crane")


async def test_the_first_tab_leads_past_the_navigation(person: Person) -> None:
    page = await person.opens("/generate")
    await expect(Create(page).prompt).to_be_visible()

    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")

    focused = page.locator(":focus")
    await expect(page.get_by_role("main").locator(":focus")).to_have_count(1)
    await expect(focused).to_be_visible()


async def test_the_queue_opens_closes_and_gives_the_focus_back(person: Person) -> None:
    page = await person.opens("/generate")
    queue = page.get_by_role("button", name="Queue:")
    await tab_to(page, queue)

    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog")).to_contain_text("Nothing is running or waiting.")
    await page.keyboard.press("Escape")

    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(queue).to_be_focused()
