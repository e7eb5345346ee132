"""From a prompt to a picture, and everything that may come between."""

import re

from playwright.async_api import Locator, expect

from shared.db.engine import Sessions
from shared.db.tables import User
from tests.infrastructure.waiting import until
from tests.web.create import Create, is_drawn
from tests.web.darkroom import Darkroom
from tests.web.person import Person

NUMBER = re.compile(r"/\d+$")
REFUSED = "status of 422"
TOO_MANY = "status of 429"


async def test_a_job_is_watched_from_the_click_to_its_image_and_back(
    person: Person, darkroom: Darkroom
) -> None:
    await darkroom.slow_down()
    page = await person.opens("/generate")
    await page.evaluate("window.neverReloaded = true")
    create = Create(page)

    await create.generate("a lighthouse in fog")
    await expect(create.row("a lighthouse in fog")).to_be_visible()
    bar = create.row("a lighthouse in fog").get_by_role("progressbar")
    await expect(create.rows).to_contain_text(re.compile(r"Step \d+ of 20"))
    await expect(bar).to_have_attribute("aria-valuetext", re.compile(r"Step \d+ of 20"))
    early = await percent(bar)

    async def has_moved() -> bool:
        return await percent(bar) > early

    await until(has_moved, what="the bar moves on")
    await darkroom.speed_up()

    await create.shows_picture("a lighthouse in fog")
    await expect(create.rows).to_have_count(0)
    assert await page.evaluate("window.neverReloaded") is True

    await create.image("a lighthouse in fog").click()
    await expect(page).to_have_url(NUMBER)
    await is_drawn(page.get_by_role("main").locator("img").first)
    await page.go_back()
    await expect(page).to_have_url(re.compile("/generate$"))
    await create.shows_picture("a lighthouse in fog")
    assert await page.evaluate("window.neverReloaded") is True


async def percent(bar: Locator) -> int:
    return int(await bar.get_attribute("aria-valuenow") or 0)


async def test_what_waits_says_its_place_in_the_queue(person: Person, darkroom: Darkroom) -> None:
    await darkroom.slow_down()
    page = await person.opens("/generate")
    create = Create(page)

    await create.generate("geese", count=8)
    await expect(create.status).to_contain_text("Next in the queue")
    await expect(create.status).to_contain_text("2nd in the queue")


async def test_five_images_are_five_jobs(person: Person) -> None:
    create = Create(await person.opens("/generate"))

    await create.generate("five geese", count=5)

    await create.shows_picture("five geese", count=5)
    jobs = await person.all_over(count=5)
    assert len({job["params"]["seed"] for job in jobs}) == 5


async def test_where_a_limit_stops_the_rest_the_page_says_how_many_were_accepted(
    person: Person, darkroom: Darkroom, its_sessions: Sessions
) -> None:
    await darkroom.slow_down()
    person.complaints.allow(TOO_MANY)
    async with its_sessions.begin() as session:
        user = await session.get_one(User, person.token.user.id)
        user.max_unfinished = 7
    create = Create(await person.opens("/generate"))

    await create.generate("ten geese", count=10)

    await expect(create.page.get_by_role("alert")).to_contain_text("7 of 10 accepted")
    assert len(await person.jobs()) == 7


async def test_a_field_that_the_server_refuses_is_marked_with_its_words(person: Person) -> None:
    person.complaints.allow(REFUSED)
    create = Create(await person.opens("/generate"))
    await create.prompt.fill("a fox")
    await choose_as_before(create, checkpoint="gone.safetensors")

    await create.button.click()

    checkpoint = create.page.get_by_role("combobox", name="Checkpoint")
    await expect(checkpoint).to_have_attribute("aria-invalid", "true")
    words = await create.page.locator(
        f"#{await checkpoint.get_attribute('aria-describedby')}"
    ).inner_text()
    assert "gone.safetensors" in words
    assert await person.jobs() == []


async def choose_as_before(create: Create, **params: object) -> None:
    """As if this had been chosen while there was such a thing."""
    await create.page.evaluate(
        """params => {
          const draft = JSON.parse(localStorage.getItem("darkroom.draft"));
          localStorage.setItem("darkroom.draft", JSON.stringify({ ...draft, params }));
        }""",
        params,
    )
    await create.page.reload()


async def test_without_a_prompt_nothing_is_submitted_and_the_field_says_so(person: Person) -> None:
    create = Create(await person.opens("/generate"))

    await create.button.click()

    await expect(create.prompt).to_have_attribute("aria-invalid", "true")
    await expect(create.prompt).to_be_focused()
    assert await person.jobs() == []


async def test_values_outlive_a_reload_until_they_are_reset(person: Person) -> None:
    create = Create(await person.opens("/generate"))
    wide = create.page.get_by_role("button", name="16:9")
    steps = create.page.get_by_role("textbox", name="Steps")
    await create.prompt.fill("a river")
    await create.negative_prompt.fill("people")
    await wide.click()
    await create.page.get_by_role("button", name="Advanced").click()
    await steps.fill("33")

    await create.page.reload()

    await expect(create.prompt).to_have_value("a river")
    await expect(create.negative_prompt).to_have_value("people")
    await expect(wide).to_have_attribute("aria-pressed", "true")
    await expect(steps).to_have_value("33")

    await create.page.get_by_role("button", name="Reset").click()

    await expect(create.prompt).to_have_value("")
    await expect(wide).to_have_attribute("aria-pressed", "false")
    await expect(steps).to_have_value("")


async def test_ctrl_enter_generates(person: Person) -> None:
    create = Create(await person.opens("/generate"))
    await create.prompt.fill("a heron")

    await create.prompt.press("Control+Enter")

    await create.shows_picture("a heron")


async def test_a_cancelled_job_ends_and_leaves_no_image(person: Person, darkroom: Darkroom) -> None:
    await darkroom.slow_down()
    create = Create(await person.opens("/generate"))
    await create.generate("a mistake")
    await expect(create.row("a mistake")).to_contain_text("Step")

    await create.page.get_by_role("button", name="Cancel: a mistake").click()

    await expect(create.rows).to_have_count(0)
    [job] = await person.jobs()
    assert job["status"] == "cancelled"
    await expect(create.images).to_have_count(0)


async def test_a_failure_names_its_node_and_retry_makes_the_image(
    person: Person, darkroom: Darkroom
) -> None:
    await darkroom.comfyui.fail(
        "execution_error",
        where="a difficult one",
        node_type="KSampler",
        message="shapes do not match",
        times=1,
    )
    create = Create(await person.opens("/generate"))

    await create.generate("a difficult one")

    row = create.row("a difficult one")
    await expect(row).to_contain_text("ComfyUI failed while it drew this image.")
    await expect(row).to_contain_text("KSampler")
    await row.get_by_text("What ComfyUI said").click()
    await expect(row.get_by_text("shapes do not match")).to_be_visible()

    await row.get_by_role("button", name="Retry").click()

    await create.shows_picture("a difficult one")
    await expect(create.rows).to_have_count(0)
    assert [job["status"] for job in await person.all_over(count=2)] == ["completed", "failed"]
