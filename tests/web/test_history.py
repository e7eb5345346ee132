"""Every job with what became of it, found again, and what can be done with it."""

import re

from playwright.async_api import Locator, Page, expect

from tests.web.create import Create
from tests.web.darkroom import Darkroom
from tests.web.person import Person


def row(page: Page, prompt: str) -> Locator:
    return page.get_by_role("article", name=prompt, exact=True)


async def made_one_of_each(person: Person, darkroom: Darkroom) -> None:
    """Completed, failed, and cancelled."""
    await darkroom.comfyui.fail("execution_error", where="a failed fox", times=1)
    await person.makes("a finished fox", "a finished goose")
    await person.submit("a failed fox")
    await person.all_over(count=3)
    await darkroom.slow_down()
    cancelled = await person.submit("a cancelled fox")
    await person.api.ask("POST", f"/generation-jobs/{cancelled['id']}/cancel")
    await darkroom.calm()


async def test_status_and_words_narrow_the_list_and_stand_in_the_address(
    person: Person, darkroom: Darkroom
) -> None:
    await made_one_of_each(person, darkroom)
    page = await person.opens("/generate/history")
    await expect(page.get_by_role("article")).to_have_count(4)
    await expect(row(page, "a finished fox").locator("img")).to_be_visible()

    await page.get_by_role("group", name="Status").get_by_text("Failed").click()
    await expect(page.get_by_role("article")).to_have_count(1)
    await expect(row(page, "a failed fox")).to_contain_text("ComfyUI failed")
    await page.get_by_role("group", name="Status").get_by_text("Completed").click()
    await page.get_by_role("searchbox").fill("fox")
    await expect(page.get_by_role("article")).to_have_count(2)
    await expect(page).to_have_url(re.compile("q=fox"))

    await page.reload()
    await expect(page.get_by_role("article")).to_have_count(2)
    await expect(page.get_by_role("searchbox")).to_have_value("fox")


async def test_retry_there_makes_the_image_while_one_looks(
    person: Person, darkroom: Darkroom
) -> None:
    await darkroom.comfyui.fail("execution_error", where="a stubborn mule", times=1)
    await person.submit("a stubborn mule")
    await person.all_over(count=1)
    page = await person.opens("/generate/history")

    await page.get_by_role("button", name="Retry: a stubborn mule").click()

    completed = row(page, "a stubborn mule").filter(has_text="Completed")
    await expect(completed.locator("img")).to_be_visible()
    await expect(row(page, "a stubborn mule").filter(has_text="Retried")).to_have_count(1)


async def test_cancel_there_ends_the_job(person: Person, darkroom: Darkroom) -> None:
    await darkroom.slow_down()
    await person.submit("never mind")
    page = await person.opens("/generate/history")

    await page.get_by_role("button", name="Cancel: never mind").click()

    await expect(row(page, "never mind")).to_contain_text("Cancelled")
    assert [job["status"] for job in await person.jobs()] == ["cancelled"]


async def test_generate_again_fills_the_form_with_all_that_made_it(person: Person) -> None:
    await person.submit(
        "a red kite",
        negative_prompt="blue",
        params={"workflow": "text_to_image", "width": 320, "height": 256, "steps": 5, "seed": 7},
    )
    await person.all_over(count=1)
    page = await person.opens("/generate/history")

    await page.get_by_role("button", name="Generate again: a red kite").click()

    create = Create(page)
    await expect(create.prompt).to_have_value("a red kite")
    await expect(create.negative_prompt).to_have_value("blue")
    await expect(page.get_by_role("textbox", name="Width")).to_have_value("320")
    await create.button.click()
    await create.shows_picture("a red kite", count=2)
    again, first = await person.all_over(count=2)
    assert again["params"] == first["params"]


async def test_a_removed_job_is_gone_and_its_image_stays(person: Person) -> None:
    [number] = await person.makes("a fading rainbow")
    page = await person.opens("/generate/history")

    await page.get_by_role("button", name="Remove: a fading rainbow").click()
    await page.get_by_role("button", name="Remove", exact=True).click()

    await expect(page.get_by_role("article")).to_have_count(0)
    assert await person.jobs() == []
    assert (await person.api.ask("GET", f"/content-items/{number}")).status_code == 200


async def test_details_tell_what_happened_when(person: Person) -> None:
    await person.makes("a well told story")
    page = await person.opens("/generate/history")

    await row(page, "a well told story").get_by_role("button", name="Details").click()

    for event in ("Accepted", "Started", "Completed"):
        await expect(row(page, "a well told story").get_by_text(event).last).to_be_visible()


async def test_all_that_waits_is_cancelled_at_once_and_what_runs_goes_on(
    person: Person, darkroom: Darkroom
) -> None:
    await darkroom.slow_down()
    for prompt in ("the one that runs", *(f"wait {number}" for number in range(12))):
        await person.submit(prompt)
    page = await person.opens("/generate/history")
    await expect(row(page, "the one that runs")).to_contain_text("Running")
    waiting = [job for job in await person.jobs() if job["status"] == "pending"]

    await page.get_by_role("button", name="Cancel all waiting").click()
    question = page.get_by_role("dialog")
    await expect(question).to_contain_text(f"Cancel all {len(waiting)} waiting jobs?")
    await question.get_by_role("button", name=f"Cancel {len(waiting)} jobs").click()

    await expect(page.get_by_text(f"{len(waiting)} jobs were cancelled")).to_be_visible()
    await expect(page.get_by_role("button", name="Cancel all waiting")).to_have_count(0)
    left = [job["prompt"] for job in await person.jobs() if job["status"] != "cancelled"]
    assert "the one that runs" in left
    assert len(left) == 13 - len(waiting)


async def test_a_new_try_that_the_filters_hide_is_told_with_the_way_to_it(
    person: Person, darkroom: Darkroom
) -> None:
    await darkroom.comfyui.fail("execution_error", where="a hidden hare", times=1)
    await person.submit("a hidden hare")
    await person.all_over(count=1)
    page = await person.opens("/generate/history?status=failed")

    await page.get_by_role("button", name="Retry: a hidden hare").click()

    await expect(row(page, "a hidden hare")).to_contain_text("Retried")
    await page.get_by_role("button", name="Show all jobs").click()
    await expect(row(page, "a hidden hare")).to_have_count(2)


async def test_the_focus_stays_in_the_list_when_a_row_changes_or_goes(
    person: Person, darkroom: Darkroom
) -> None:
    await person.makes_in_order("the oldest", "the middle")
    await darkroom.slow_down()
    await person.submit("the newest")
    page = await person.opens("/generate/history")

    await page.get_by_role("button", name="Cancel: the newest").focus()
    await page.keyboard.press("Enter")
    await expect(row(page, "the newest")).to_contain_text("Cancelled")
    await expect(row(page, "the newest").locator(":focus")).to_have_count(1)

    await page.get_by_role("button", name="Remove: the newest").focus()
    await page.keyboard.press("Enter")
    await page.get_by_role("dialog").get_by_role("button", name="Remove").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("article")).to_have_count(2)
    await expect(row(page, "the middle").locator(":focus")).to_have_count(1)
