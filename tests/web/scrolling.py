"""How smoothly a page scrolls in this browser, on this machine, at this moment.

Without a graphics card Chromium paints on the same cores as all else that runs: what a frame takes
says little without what the plainest page takes, and how much processor time the page itself used.
"""

import json
import os
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Browser, Page, Route

SCROLL_TO_THE_END = """async (isEnd) => {
  const frames = [];
  let mostImages = 0, before = await new Promise(requestAnimationFrame);
  for (;;) {
    const now = await new Promise(requestAnimationFrame);
    frames.push(now - before);
    before = now;
    mostImages = Math.max(mostImages, document.images.length);
    const { scrollHeight } = document.documentElement;
    const isAtEnd = scrollY + innerHeight >= scrollHeight - 1;
    if (isAtEnd && document.body.innerText.includes(isEnd)) break;
    if (!isAtEnd) scrollBy(0, 120);
  }
  frames.sort((a, b) => b - a);
  return { mostImages, frames: frames.map(Math.round) };
}"""
PLAIN = """async (sources) => {
  document.body.innerHTML = sources.map(({ src, width, height }) =>
    `<img loading="lazy" decoding="async" height="265" style="margin: 5px"
          width="${Math.round(265 * width / height)}" src="${src}">`).join("");
  document.body.append(document.createElement("footer"));
  document.body.lastChild.textContent = "the end";
}"""
EMPTY = '<!doctype html><title>plain</title><link rel="icon" href="data:">'
END_OF_PLAIN = "the end"
LONG_MS = 50
WORK = ["devtools.timeline", "cc"]  # of the browser's tracing: what a page's own thread does


@dataclass(frozen=True)
class Scrolled:
    frames: list[int]  # in ms, longest first
    most_images: int
    heaviest_ms: float  # of processor time, which other processes do not lengthen
    load: float

    def __str__(self) -> str:
        long = sum(frame > LONG_MS for frame in self.frames)
        return (
            f"{self.frames[0]} ms, then {self.frames[1:4]}; {long} of {len(self.frames)} over"
            f" {LONG_MS} ms; heaviest piece of work {self.heaviest_ms:.0f} ms of processor time;"
            f" load {self.load:.1f} on {os.cpu_count()} cores"
        )


async def scroll_to_the_end(browser: Browser, page: Page, *, end: str) -> Scrolled:
    """120 px each frame, until the page says `end`."""
    await browser.start_tracing(page=page, categories=WORK)
    measured = await page.evaluate(SCROLL_TO_THE_END, end)
    trace = json.loads(await browser.stop_tracing())
    return Scrolled(
        measured["frames"], measured["mostImages"], _heaviest(trace), os.getloadavg()[0]
    )


async def show_plainly(page: Page, sources: list[dict[str, object]]) -> None:
    """Nothing but these images, without any script: the best that this browser can do."""

    async def empty(route: Route) -> None:
        await route.fulfill(content_type="text/html", body=EMPTY)

    await page.route("**/plain", empty)
    await page.goto("/plain")
    await page.unroute("**/plain")
    await page.evaluate(PLAIN, sources)


def _heaviest(trace: dict[str, Any]) -> float:
    threads = {
        (event["pid"], event["tid"]): event["args"]["name"]
        for event in trace["traceEvents"]
        if event["name"] == "thread_name"
    }
    microseconds: list[float] = [
        event.get("tdur", 0)
        for event in trace["traceEvents"]
        if threads.get((event["pid"], event["tid"])) == "CrRendererMain"
    ]
    return max(microseconds) / 1000
