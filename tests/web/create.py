"""The Create page as a person finds their way on it: by what is written there."""

from playwright.async_api import Locator, Page, expect


class Create:
    def __init__(self, page: Page) -> None:
        self.page = page
        self.prompt = page.get_by_label("Prompt", exact=True)
        self.negative_prompt = page.get_by_label("Negative prompt", exact=True)
        self.count = page.get_by_label("How many images", exact=True)
        self.button = page.get_by_role("button", name="Generate Images")
        self.status = page.get_by_role("region", name="Generation Status")
        self.rows = self.status.get_by_role("listitem")
        self.images = page.get_by_role("region", name="Last 24 hours").get_by_role("link")

    def row(self, prompt: str) -> Locator:
        return self.rows.filter(has_text=prompt)

    def image(self, prompt: str) -> Locator:
        return self.images.and_(self.page.get_by_role("link", name=f"Open: {prompt}"))

    async def generate(self, prompt: str, *, count: int = 1) -> None:
        await self.prompt.fill(prompt)
        if count > 1:
            await self.count.fill(str(count))
        await self.button.click()

    async def shows_picture(self, prompt: str, *, count: int = 1) -> None:
        """Not only its frame: the picture itself has arrived."""
        await expect(self.image(prompt)).to_have_count(count)
        for index in range(count):
            await is_drawn(self.image(prompt).nth(index).locator("img"))


async def is_drawn(image: Locator) -> None:
    await expect(image).to_have_js_property("complete", True)
    assert await image.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
