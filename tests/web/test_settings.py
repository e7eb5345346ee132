"""Themes that stay, and tokens that let in until they are revoked."""

import httpx
from playwright.async_api import Page, expect

from tests.web.person import Person, opened


async def theme_of(page: Page) -> str | None:
    return await page.locator("html").get_attribute("data-mantine-color-scheme")


async def test_the_theme_follows_the_system_until_it_is_chosen_and_the_choice_stays(
    person: Person,
) -> None:
    device = await person.device(color_scheme="light")
    page = await opened(device, "/settings")
    assert await theme_of(page) == "light"
    await page.emulate_media(color_scheme="dark")
    await expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")

    await page.get_by_text("Light", exact=True).click()
    await page.reload()

    await expect(page.get_by_role("heading", name="Settings")).to_be_visible()
    assert await theme_of(page) == "light"


async def test_a_token_made_there_lets_a_program_in_until_it_is_revoked(person: Person) -> None:
    page = await person.opens("/settings")

    await page.get_by_label("A token for").fill("a script")
    await page.get_by_role("button", name="Create token").click()
    token = await page.get_by_label("Token", exact=True).input_value()
    assert await asked_with(person, token) == 200

    await page.get_by_role("button", name="I have it").click()
    await expect(page.get_by_text(token)).to_have_count(0)
    await page.get_by_role("button", name="Revoke: a script").click()
    await page.get_by_role("button", name="Revoke", exact=True).click()
    await expect(page.get_by_role("button", name="Revoke: a script")).to_have_count(0)
    assert (await person.api.ask("GET", "/tokens")).json()["items"][0]["name"] == "test"


async def asked_with(person: Person, token: str) -> int:
    async with httpx.AsyncClient(trust_env=False) as http:
        headers = {"Authorization": f"Bearer {token}"}
        return (await http.get(f"{person.url}/api/v1/me", headers=headers)).status_code


async def test_signing_out_leads_to_the_sign_in_page_and_back_does_not_lead_in(
    person: Person,
) -> None:
    person.complaints.allow("status of 401|WebSocket connection to")
    page = await person.opens("/settings")

    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("button", name="Sign in")).to_be_visible()

    await page.go_back()
    await expect(page.get_by_role("button", name="Sign in")).to_be_visible()
