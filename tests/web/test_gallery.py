"""A thousand images: found, walked through, and come back to."""

import re
from urllib.parse import quote

from playwright.async_api import Locator, Page, expect

from tests.infrastructure.waiting import until
from tests.web.create import is_drawn
from tests.web.figures import Figures
from tests.web.person import Person
from tests.web.scrolling import END_OF_PLAIN, scroll_to_the_end, show_plainly

IMAGES = 1000
MOST_IMAGE_ELEMENTS = 300


def images(page: Page) -> Locator:
    return page.get_by_role("grid").get_by_role("link", name="Open: ")


def image(page: Page, number: int) -> Locator:
    return page.get_by_role("link", name=f"Open: plate {number}", exact=True)


def favourites(page: Page) -> Locator:
    return page.get_by_role("search").get_by_role("button", name="Favourites", exact=True)


async def test_a_thousand_images_scroll_to_the_last_in_a_small_dom(
    collector: Person, figures: Figures
) -> None:
    page = await collector.opens("/gallery")
    await expect(image(page, 1000)).to_be_visible()

    scrolled = await scroll_to_the_end(collector.browser, page, end="1,000 images")

    await expect(image(page, 1)).to_be_visible()
    await is_drawn(image(page, 1).locator("img"))
    figures.tell(
        "gallery, longest frame while scrolling through 1,000 images",
        str(scrolled),
        aim="50 ms",
    )
    figures.tell(
        "gallery, image elements at most",
        str(scrolled.most_images),
        aim=f"< {MOST_IMAGE_ELEMENTS}",
    )
    assert scrolled.most_images < MOST_IMAGE_ELEMENTS


async def test_what_a_page_of_nothing_but_a_thousand_images_takes_is_told(
    collector: Person, figures: Figures
) -> None:
    page = await collector.opens("/gallery")
    await show_plainly(page, await thumbnails(collector))

    scrolled = await scroll_to_the_end(collector.browser, page, end=END_OF_PLAIN)

    figures.tell(
        "the same images as a plain page, longest frame",
        str(scrolled),
        aim="none: this is what the gallery is compared with",
    )
    assert scrolled.most_images == IMAGES


async def thumbnails(person: Person) -> list[dict[str, object]]:
    """Each with the size of its image."""
    found: list[dict[str, object]] = []
    cursor = ""
    while True:
        answer = (await person.api.ask("GET", f"/content-items?limit=200{cursor}")).json()
        found += [
            {"src": item["thumbnails"]["medium"], "width": item["width"], "height": item["height"]}
            for item in answer["items"]
        ]
        if answer["next_cursor"] is None:
            return found
        cursor = f"&cursor={quote(answer['next_cursor'])}"


async def test_words_tags_and_favourites_narrow_it_and_stand_in_the_address(
    collector: Person,
) -> None:
    page = await collector.opens("/gallery")
    await page.get_by_role("searchbox").fill("harbour")
    await expect(page).to_have_url(re.compile("q=harbour"))
    await expect(page.get_by_role("link", name="Open: plate 996")).to_be_visible()
    await expect(image(page, 1000)).to_have_count(0)

    await page.get_by_role("searchbox").fill("")
    await page.get_by_role("button", name="Only images with the tag fog").click()
    await expect(image(page, 975)).to_be_visible()
    await favourites(page).click()
    await expect(image(page, 975)).to_have_count(0)
    await expect(images(page)).to_have_count(20)

    shared = await collector.opens(page.url.removeprefix(collector.url))
    await expect(images(shared)).to_have_count(20)
    await expect(favourites(shared)).to_have_attribute("aria-pressed", "true")

    await page.go_back()
    await expect(favourites(page)).to_have_attribute("aria-pressed", "false")
    await expect(image(page, 975)).to_be_visible()


async def test_back_from_an_image_leads_to_the_place_that_was_left(collector: Person) -> None:
    page = await collector.opens("/gallery")
    await expect(image(page, 1000)).to_be_visible()
    await page.mouse.move(700, 500)

    async def is_far_down() -> bool:
        await page.mouse.wheel(0, 800)
        return bool(await page.evaluate("scrollY > 6000"))

    await until(is_far_down, within=30)
    await until(lambda: stands_still(page), within=10)
    before = await page.evaluate("scrollY")
    [number, *_] = await whole_in_sight(page)

    await image(page, number).click()
    await expect(page).to_have_url(re.compile(r"/\d+$"))
    await is_drawn(page.get_by_role("main").locator("img").last)
    await page.go_back()

    await expect(image(page, number)).to_be_in_viewport()
    assert abs(await page.evaluate("scrollY") - before) < 5


async def stands_still(page: Page) -> bool:
    """A smooth scroll may rest for a frame or two on a busy machine."""
    return bool(
        await page.evaluate(
            """async () => {
              const before = scrollY;
              for (let frame = 0; frame < 10; frame += 1) await new Promise(requestAnimationFrame);
              return scrollY === before;
            }"""
        )
    )


async def whole_in_sight(page: Page) -> list[int]:
    """Which plates are."""
    names: list[str] = (
        await images(page)
        .locator("img")
        .evaluate_all(
            """images => images.filter(image => {
          const { top, bottom } = image.getBoundingClientRect();
          return top > 240 && bottom < innerHeight; // below what sticks to the top
        }).map(image => image.alt)"""
        )
    )
    return [int(name.rpartition(" ")[2]) for name in names]


async def test_arrow_keys_walk_the_grid_and_f_is_for_favourites(person: Person) -> None:
    await person.makes_in_order("the first wave", "the second wave", "the third wave")
    page = await person.opens("/gallery")
    newest = page.get_by_role("link", name="Open: the third wave")
    await expect(newest).to_be_visible()

    await page.keyboard.press("ArrowRight")
    await expect(newest).to_be_focused()
    await page.keyboard.press("ArrowRight")
    await expect(page.get_by_role("link", name="Open: the second wave")).to_be_focused()
    await page.keyboard.press("f")
    await expect(page.get_by_role("button", name="Remove from favourites")).to_have_count(1)
    await page.keyboard.press("Home")
    await expect(newest).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile(r"/\d+$"))
    await page.keyboard.press("Escape")
    await expect(newest).to_be_focused()

    async def is_kept() -> bool:
        found = (await person.api.ask("GET", "/content-items?favorite=true")).json()["items"]
        return [item["prompt"] for item in found] == ["the second wave"]

    await until(is_kept, what="the server has the favourite")


async def test_control_end_leads_to_the_last_that_is_loaded_and_back_to_where_one_was(
    collector: Person,
) -> None:
    page = await collector.opens("/gallery")
    await expect(image(page, 1000)).to_be_visible()

    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Control+End")

    last = page.locator(":focus")
    await expect(last).to_be_in_viewport()
    name = await last.locator("img").get_attribute("alt") or ""
    assert int(name.rpartition(" ")[2]) <= IMAGES - 99  # a page of the list is 100
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile(r"/\d+$"))
    await page.get_by_role("button", name="Back").click()
    await expect(page.get_by_role("link", name=name, exact=True)).to_be_focused()


async def test_a_click_with_control_and_one_with_the_middle_button_open_a_tab(
    collector: Person,
) -> None:
    page = await collector.opens("/gallery")
    for how in ({"modifiers": ["Control"]}, {"button": "middle"}):
        async with page.context.expect_page() as opened:
            await image(page, 999).click(**how)
        await expect(await opened.value).to_have_url(re.compile(r"/\d+$"))
        await expect(page).to_have_url(f"{collector.url}/gallery")


async def test_a_new_image_appears_in_the_gallery_by_itself(person: Person) -> None:
    page = await person.opens("/gallery")
    await expect(page.get_by_text("No images yet")).to_be_visible()

    await person.submit("out of nowhere")

    await is_drawn(page.get_by_role("link", name="Open: out of nowhere").locator("img"))
