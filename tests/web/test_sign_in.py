"""Getting in, by link or token, and being put out."""

import re

from playwright.async_api import expect

from shared.db.engine import Sessions
from tests.factories import Token, make_token
from tests.web.create import Create
from tests.web.person import Person, opened

NOT_SIGNED_IN = "status of 401"
LOGIN = re.compile(r"/login")


async def test_the_link_signs_in_and_the_address_keeps_no_token(person: Person) -> None:
    page = await opened(await person.stranger(), f"/login?token={person.token.token}")

    await expect(page).to_have_url(f"{person.url}/")
    await expect(page.get_by_role("navigation", name="Main").first).to_be_visible()


async def test_whoever_is_not_signed_in_is_asked_for_a_token_and_then_led_on(
    person: Person,
) -> None:
    person.complaints.allow(f"{NOT_SIGNED_IN}|WebSocket connection to")
    page = await opened(await person.stranger(), "/generate")
    await expect(page).to_have_url(LOGIN)

    await page.get_by_label("Token").fill(person.token.token)
    await page.get_by_role("button", name="Sign in").click()

    await expect(page).to_have_url(f"{person.url}/generate")
    await Create(page).generate("made after signing in")
    await Create(page).shows_picture("made after signing in")


async def test_a_wrong_token_is_refused_in_words_and_another_try_is_possible(
    person: Person,
) -> None:
    person.complaints.allow(NOT_SIGNED_IN)
    page = await opened(await person.stranger(), "/login")

    await page.get_by_label("Token").fill("dk_wrong")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_label("Token")).to_have_attribute("aria-invalid", "true")

    await page.get_by_label("Token").fill(person.token.token)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page).to_have_url(f"{person.url}/")


async def test_a_link_that_is_no_longer_good_says_so(person: Person) -> None:
    page = await opened(await person.stranger(), "/login?token=dk_of_yesterday")

    await expect(page).to_have_url(LOGIN)
    await expect(page.get_by_role("alert")).to_be_visible()


async def test_a_token_revoked_elsewhere_ends_the_session_and_signing_in_leads_back(
    person: Person, its_sessions: Sessions
) -> None:
    person.complaints.allow(f"{NOT_SIGNED_IN}|WebSocket connection to")
    other: Token = await make_token(its_sessions, person.token.user)
    device = await person.stranger()
    await device.request.post("/api/v1/session", data={"token": other.token})
    page = await opened(device, "/gallery?q=fog")
    await expect(page.get_by_role("main")).to_be_visible()

    await person.api.ask("DELETE", f"/tokens/{other.id}")

    await expect(page).to_have_url(LOGIN)
    await page.get_by_label("Token").fill(person.token.token)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page).to_have_url(f"{person.url}/gallery?q=fog")
