"""What axe finds on a page."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from playwright.async_api import Page

AXE = Path(__file__).parents[2] / "gateway/web/node_modules/axe-core/axe.min.js"
GRAVE = ("serious", "critical")
RUN = """async impacts => {
  const { violations } = await axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    resultTypes: ["violations"],
  });
  return violations
    .filter(({ impact }) => impacts.includes(impact))
    .flatMap(({ id: rule, impact, nodes }) => nodes.map(({ target, failureSummary: why }) =>
      ({ rule, impact, where: target.join(" "), why })));
}"""


@dataclass(frozen=True)
class Violation:
    rule: str
    impact: str
    where: str
    why: str

    def __str__(self) -> str:
        return f"{self.impact} {self.rule} at {self.where}: {self.why}"


async def grave_violations(page: Page) -> list[Violation]:
    await page.evaluate(_axe())
    return [Violation(**found) for found in await page.evaluate(RUN, list(GRAVE))]


@cache
def _axe() -> str:
    return AXE.read_text()
