"""One image, large: what is known of it, and what can be done with it."""

import re
from typing import Any

from playwright.async_api import Page, expect

from tests.infrastructure.waiting import until
from tests.web.create import Create, is_drawn
from tests.web.person import Person, go

ITS_PARAMS = {"workflow": "text_to_image", "width": 320, "height": 256, "steps": 5, "seed": 42}


async def item(person: Person, number: int) -> dict[str, Any]:
    found: dict[str, Any] = (await person.api.ask("GET", f"/content-items/{number}")).json()
    return found


async def has(person: Person, number: int, **fields: object) -> None:
    """What is shown may be ahead of the server; it is to follow."""

    async def agrees() -> bool:
        found = await item(person, number)
        return all(found[name] == value for name, value in fields.items())

    await until(agrees, what=f"{number} has {fields}")


async def test_it_shows_the_original_and_everything_that_made_it(person: Person) -> None:
    [number] = await person.makes("an old mill", negative_prompt="cars", params=ITS_PARAMS)
    page = await person.opens(f"/{number}")

    await expect(page.get_by_text("an old mill").first).to_be_visible()
    shown = page.get_by_role("main").locator("img").last
    await is_drawn(shown)
    assert await shown.evaluate("image => image.naturalWidth") == 320
    about = page.get_by_role("region", name="About this image")
    for fact in ("cars", "42", "320", "256", "simulated-1.5.safetensors"):
        await expect(about).to_contain_text(fact)


async def test_title_tags_rating_and_favourite_are_changed_there_and_stay(person: Person) -> None:
    [number] = await person.makes("a stone bridge")
    page = await person.opens(f"/{number}")

    await page.get_by_role("button", name="Change the title").click()
    await page.get_by_role("textbox", name="Title").fill("The bridge")
    await page.get_by_role("textbox", name="Title").press("Enter")
    await expect(page.get_by_role("heading", name="The bridge")).to_be_visible()
    await page.get_by_role("textbox", name="Add a tag").fill("stone")
    await page.get_by_role("textbox", name="Add a tag").press("Enter")
    await page.get_by_role("button", name="Rate 4 of 5").click()
    await page.get_by_role("button", name="Add to favourites").click()

    await has(
        person, number, title="The bridge", tags=["simulated", "stone"], rating=4, is_favorite=True
    )
    await page.reload()
    await expect(page.get_by_role("heading", name="The bridge")).to_be_visible()
    await page.get_by_role("button", name="Remove the tag stone").click()
    await page.get_by_role("button", name="Clear the rating").click()
    await has(person, number, tags=["simulated"], rating=None)


async def test_arrow_keys_lead_to_the_neighbours_and_escape_back_to_the_gallery(
    person: Person,
) -> None:
    oldest, middle, newest = await person.makes_in_order("spring", "summer", "autumn")
    page = await person.opens("/gallery")
    await page.get_by_role("link", name="Open: summer").click()
    await expect(page).to_have_url(f"{person.url}/{middle}")
    await expect(page.get_by_role("link", name="Newer image")).to_be_visible()

    await page.keyboard.press("ArrowLeft")
    await expect(page).to_have_url(f"{person.url}/{newest}")
    await expect(page.get_by_role("link", name="Older image")).to_be_visible()
    await expect(page.get_by_role("link", name="Newer image")).to_have_count(0)
    await page.keyboard.press("ArrowRight")
    await expect(page).to_have_url(f"{person.url}/{middle}")
    await expect(page.get_by_role("link", name="Newer image")).to_be_visible()
    await page.keyboard.press("ArrowRight")
    await expect(page).to_have_url(f"{person.url}/{oldest}")
    await expect(page.get_by_role("link", name="Newer image")).to_be_visible()
    await expect(page.get_by_role("link", name="Older image")).to_have_count(0)

    await page.keyboard.press("Escape")
    await expect(page).to_have_url(f"{person.url}/gallery")


async def test_zoom_shows_it_at_its_own_size_and_fits_it_again(person: Person) -> None:
    [number] = await person.makes(
        "a mosaic", params={"workflow": "text_to_image", "width": 2048, "height": 2048, "steps": 1}
    )
    page = await person.opens(f"/{number}")
    shown = page.get_by_role("main").locator("img").last
    await is_drawn(shown)
    assert await width_of(page) < 1440

    await page.keyboard.press("z")
    await until(lambda: width_is(page, 2048), what="it is shown at 100 %")
    await page.keyboard.press("z")
    await until(lambda: width_is_below(page, 1440), what="it fits again")


async def width_of(page: Page) -> float:
    box = await page.get_by_role("main").locator("img").last.bounding_box()
    assert box is not None
    return box["width"]


async def width_is(page: Page, pixels: int) -> bool:
    return await width_of(page) == pixels


async def width_is_below(page: Page, pixels: int) -> bool:
    return await width_of(page) < pixels


async def test_a_deleted_image_is_gone_from_everywhere(person: Person) -> None:
    kept, deleted = await person.makes("to be kept", "to be deleted")
    page = await person.opens("/gallery")
    await page.get_by_role("link", name="Open: to be deleted").click()

    await page.get_by_role("button", name="Delete").click()
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()

    await expect(page).not_to_have_url(f"{person.url}/{deleted}")
    await go(page, "/gallery")
    await expect(page.get_by_role("link", name="Open: to be kept")).to_be_visible()
    await expect(page.get_by_role("link", name="Open: to be deleted")).to_have_count(0)
    person.complaints.allow("status of 404")
    await go(page, f"/{deleted}")
    await expect(page.get_by_text("This image does not exist or was deleted")).to_be_visible()
    assert kept != deleted


async def test_generate_again_fills_the_form_with_all_that_made_it(person: Person) -> None:
    [number] = await person.makes("a wooden boat", negative_prompt="people", params=ITS_PARAMS)
    page = await person.opens(f"/{number}")

    await page.get_by_role("button", name="Generate again").click()

    create = Create(page)
    await expect(page).to_have_url(re.compile("/generate$"))
    await expect(create.prompt).to_have_value("a wooden boat")
    await expect(create.negative_prompt).to_have_value("people")
    await create.button.click()
    await create.shows_picture("a wooden boat", count=2)
    first, again = [await item(person, each) for each in sorted(await numbers(person))]
    assert first["params"] == again["params"]


async def numbers(person: Person) -> list[int]:
    return [
        found["id"] for found in (await person.api.ask("GET", "/content-items")).json()["items"]
    ]


async def test_an_address_that_is_nobodys_says_so(person: Person) -> None:
    person.complaints.allow("status of 404")
    page = await person.opens("/999999999")
    await expect(page.get_by_text("This image does not exist or was deleted")).to_be_visible()

    await go(page, "/no-such-page/at-all")
    await expect(page.get_by_text("There is no page at this address.")).to_be_visible()
