"""How much is loaded, and how soon something is seen. Sizes are asserted, times are told."""

import gzip
import statistics
from pathlib import Path

from playwright.async_api import expect

from gateway.built_page import BUILT
from tests.infrastructure.waiting import until
from tests.web.create import Create
from tests.web.figures import Figures
from tests.web.person import Person, opened

MOST_SCRIPT_BYTES = 240 * 1024
OTHER_PAGES = ("DashboardPage", "HistoryPage", "GalleryPage", "ContentPage", "SettingsPage",
               "LoginPage")  # fmt: skip
LOADS, IMAGES = 5, 8

# When it is, the page reads the files of all others ahead.
NEVER_IDLE = "window.requestIdleCallback = () => 0"

NOTE_MOMENTS = """
(() => {
  const told = new Map(), seen = window.delays = [];
  const Native = WebSocket;
  window.WebSocket = class extends Native {
    constructor(...given) {
      super(...given);
      this.addEventListener("message", ({ data }) => {
        const { type, job } = JSON.parse(data);
        if (type === "job.completed") told.set(String(job.content_id), performance.now());
      });
    }
  };
  document.addEventListener("load", ({ target }) => {
    const number = /content-items\\/(\\d+)\\//.exec(target.src ?? "")?.[1];
    const since = told.get(number);
    if (since === undefined) return;
    told.delete(number);
    // After the frame that shows it.
    requestAnimationFrame(() => setTimeout(() => seen.push(performance.now() - since)));
  }, true);
})();
"""


async def test_generate_loads_little_script_and_nothing_of_other_pages(
    person: Person, figures: Figures
) -> None:
    device = await person.device()
    await device.add_init_script(NEVER_IDLE)
    page = await opened(device, "/generate")
    await expect(Create(page).prompt).to_be_visible()
    await page.wait_for_load_state("networkidle")

    scripts: list[str] = await page.evaluate(
        """() => performance.getEntriesByType("resource")
          .map(({ name }) => new URL(name).pathname).filter(path => path.endsWith(".js"))"""
    )
    size = sum(gzipped_bytes(BUILT / script.removeprefix("/")) for script in set(scripts))
    figures.tell("JavaScript of /generate, gzipped", f"{size / 1024:.1f} KB", aim="at most 240 KB")
    assert size <= MOST_SCRIPT_BYTES
    for other in OTHER_PAGES:
        assert list((BUILT / "assets").glob(f"{other}-*.js")), other
        assert not [script for script in scripts if other in script]


def gzipped_bytes(file: Path) -> int:
    return len(gzip.compress(file.read_bytes()))


async def test_first_paint_is_told(person: Person, figures: Figures) -> None:
    paints = []
    for _ in range(LOADS):
        page = await person.opens("/generate")  # a new device: nothing is in its cache
        await expect(Create(page).prompt).to_be_visible()
        paints.append(
            await page.evaluate(
                "performance.getEntriesByName('first-contentful-paint')[0].startTime"
            )
        )
        await page.context.close()
    figures.tell(
        "first contentful paint of /generate",
        in_the_middle(paints),
        aim="1,000 ms",
    )


async def test_the_time_from_the_event_to_the_image_is_told(
    person: Person, figures: Figures
) -> None:
    device = await person.device()
    await device.add_init_script(NOTE_MOMENTS)
    create = Create(await opened(device, "/generate"))
    for number in range(IMAGES):
        await create.generate(f"snapshot {number}")
        await create.shows_picture(f"snapshot {number}")

    async def all_seen() -> bool:
        return bool(await create.page.evaluate("delays.length") == IMAGES)

    await until(all_seen, what="each image was told of before it was shown")
    delays = await create.page.evaluate("delays")
    figures.tell(
        "from job.completed on the socket to its image on the screen",
        in_the_middle(delays),
        aim="150 ms",
    )


def in_the_middle(milliseconds: list[float]) -> str:
    return (
        f"{statistics.median(milliseconds):.0f} ms"
        f" (median of {len(milliseconds)}; {min(milliseconds):.0f} to {max(milliseconds):.0f})"
    )
