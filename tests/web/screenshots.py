"""`make screenshots`: every page as it looks, for people to look at. Not among the tests."""

import itertools
from typing import Any

import pytest
from playwright.async_api import Page, WebSocketRoute, expect

from tests.infrastructure.processes import REPOSITORY
from tests.web.create import Create
from tests.web.darkroom import Darkroom
from tests.web.person import NARROW, WIDE, Person, go

FOLDER = REPOSITORY / ".test" / "screenshots"
THEMES = ("dark", "light")
SCREENS: dict[str, dict[str, Any]] = {
    "wide": {"viewport": WIDE},
    "narrow": {"viewport": NARROW, "is_mobile": True, "has_touch": True},
}
PAGES = {
    "dashboard": "/",
    "create": "/generate",
    "history": "/generate/history",
    "gallery": "/gallery",
    "settings": "/settings",
}
SIZES = ((512, 512), (768, 512), (512, 768), (896, 512), (512, 640), (1024, 768))
SUBJECTS = (
    "A lighthouse in fog, long exposure, 35 mm",
    "Portrait of an old clockmaker at his bench, window light",
    "Salt flats at dusk, a single red umbrella",
    "An overgrown greenhouse, rain on glass, ferns",
    "Night market in the rain, neon on wet asphalt, crowds under umbrellas, steam from the stalls",
    "Paper boats on a black river",
    "A snow leopard on a ridge, telephoto",
    "Abandoned observatory under the Milky Way",
)
SLOWLY = {"step_seconds": 0.6}

SCROLL_THROUGH = """async () => {
  for (let y = 0; y < document.documentElement.scrollHeight; y += 500) {
    scrollTo(0, y);
    await new Promise(requestAnimationFrame);
  }
  scrollTo(0, 0);
}"""

pytestmark = pytest.mark.timeout(900)


async def take(page: Page, name: str, theme: str, screen: str) -> None:
    await page.mouse.move(0, 0)
    if screen == "narrow":
        await page.evaluate(SCROLL_THROUGH)
        await page.wait_for_load_state("networkidle")
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{name}-{theme}-{screen}.png"
    # What shows only the rows in sight would be a column of nothing.
    is_whole = screen == "narrow" and not name.startswith(("history", "gallery"))
    await page.screenshot(path=path, full_page=is_whole, animations="disabled")


async def shown(page: Page, address: str) -> None:
    await go(page, address)
    await page.wait_for_load_state("networkidle")


async def make_a_gallery(person: Person) -> list[int]:
    numbers = []
    for number, (width, height) in zip(range(24), itertools.cycle(SIZES), strict=False):
        subject = SUBJECTS[number % len(SUBJECTS)]
        params = {"workflow": "text_to_image", "width": width, "height": height, "steps": 4}
        tags = ["study"] if number % 3 else ["study", "night"]
        numbers += await person.makes(subject, negative_prompt="blurry", params=params, tags=tags)
    return numbers


async def adorn(person: Person, number: int) -> None:
    await person.api.ask(
        "PATCH",
        f"/content-items/{number}",
        json={"title": "Study no. 7", "rating": 4, "is_favorite": True},
    )


async def fail_one(person: Person, darkroom: Darkroom, prompt: str) -> None:
    message = "mat1 and mat2 shapes cannot be multiplied (77x2048 and 768x320)"
    await darkroom.comfyui.fail(
        "execution_error", where=prompt, node_type="KSampler", message=message, times=1
    )
    job = await person.submit(prompt)
    await person.api.all_final([job["id"]], within=60)


async def test_empty(person: Person) -> None:
    for theme, (screen, how) in itertools.product(THEMES, SCREENS.items()):
        page = await person.opens("/", color_scheme=theme, **how)
        for name, address in PAGES.items():
            await shown(page, address)
            await take(page, f"{name}-empty", theme, screen)
        await shown(page, "/gallery?q=nothing&tag=such")
        await take(page, "gallery-no-match", theme, screen)
        await go(page, "/no/such/page")
        await take(page, "not-found", theme, screen)
        await page.context.close()


async def test_sign_in(person: Person) -> None:
    for theme, (screen, how) in itertools.product(THEMES, SCREENS.items()):
        stranger = await person.stranger(color_scheme=theme, **how)
        page = await stranger.new_page()
        await shown(page, "/login?token=dk_of_yesterday")
        await take(page, "login-refused-link", theme, screen)
        await shown(page, "/login")
        await take(page, "login", theme, screen)


async def test_full(person: Person, darkroom: Darkroom) -> None:
    numbers = await make_a_gallery(person)
    await adorn(person, numbers[-2])
    await fail_one(person, darkroom, "A cathedral of ice, 2048 by 2048")
    await darkroom.comfyui.behave(**SLOWLY)
    for theme, (screen, how) in itertools.product(THEMES, SCREENS.items()):
        for prompt in ("A heron in morning mist", "Tram lines in the snow"):
            await person.submit(f"{prompt}, {theme}, {screen}")
        page = await person.opens("/generate", color_scheme=theme, **how)
        await expect(Create(page).status).to_contain_text("Step")
        for name, address in PAGES.items():
            await shown(page, address)
            await take(page, f"{name}-full", theme, screen)
        for name, number in (("content", numbers[-2]), ("content-tall", numbers[2])):
            await shown(page, f"/{number}")
            await take(page, name, theme, screen)
        await page.context.close()
        await person.leave()


async def test_what_opens(person: Person, darkroom: Darkroom) -> None:
    await make_a_gallery(person)
    await darkroom.comfyui.behave(**SLOWLY)
    for theme, (screen, how) in itertools.product(THEMES, SCREENS.items()):
        page = await person.opens("/generate", color_scheme=theme, **how)
        create = Create(page)
        await page.get_by_role("button", name="Advanced").click()
        await page.get_by_role("button", name="Add a LoRA").click()
        await create.button.click()
        await take(page, "create-advanced-refused", theme, screen)
        await create.generate("Wild geese", count=4)
        await expect(create.status).to_contain_text("Step")
        await page.get_by_role("button", name="Queue:").click()
        await expect(page.get_by_role("dialog")).to_be_visible()
        await take(page, "queue", theme, screen)
        await page.context.close()
        await person.leave()


async def test_offline(person: Person) -> None:
    person.complaints.allow("ERR_FAILED|WebSocket connection to")
    await person.makes(*SUBJECTS[:4])

    async def hang_up(socket: WebSocketRoute) -> None:
        await socket.close()

    for theme, (screen, how) in itertools.product(THEMES, SCREENS.items()):
        device = await person.device(color_scheme=theme, **how)
        page = await device.new_page()
        await page.route_web_socket("**/api/v1/events", hang_up)
        await go(page, "/generate")
        await expect(page.get_by_text("Live updates are down")).to_be_visible()
        await take(page, "create-polling", theme, screen)
        await page.route("**/api/**", lambda route: route.abort())
        await expect(page.get_by_text("Darkroom does not answer")).to_be_visible()
        await take(page, "create-offline", theme, screen)
        await page.get_by_role("link", name="Gallery").and_(page.locator(":visible")).click()
        await expect(page.get_by_role("alert")).to_be_visible()
        await take(page, "gallery-offline", theme, screen)
        await device.close()
