"""What a browser complains about while a test runs; none of it is normal."""

import re

from playwright.async_api import BrowserContext, ConsoleMessage, WebError

# The console is told too, but in words that change from version to version.
REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
  console.error(`Content-Security-Policy: ${violatedDirective} stopped ${blockedURI}`));
"""


# Chromium cuts all that is on its way where a network comes or goes: that of a container, say.
NOBODYS_FAULT = re.compile("ERR_NETWORK_CHANGED")


class Complaints:
    """Console errors and warnings, errors that nobody caught, violations of the policy."""

    def __init__(self) -> None:
        self._heard: list[str] = []
        self._allowed = [NOBODYS_FAULT]

    async def listen_to(self, context: BrowserContext) -> None:
        await context.add_init_script(REPORT_VIOLATIONS)
        context.on("console", self._on_console)
        context.on("weberror", self._on_error)

    def allow(self, pattern: str) -> None:
        """What this test provokes."""
        self._allowed.append(re.compile(pattern))

    def none_but_allowed(self) -> None:
        """Raises AssertionError with all others."""
        others = [
            heard
            for heard in self._heard
            if not any(pattern.search(heard) for pattern in self._allowed)
        ]
        if others:
            raise AssertionError("the browser complained:\n" + "\n".join(others))

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self._heard.append(f"{message.type}: {message.text} ({message.location['url']})")

    def _on_error(self, error: WebError) -> None:
        self._heard.append(f"not caught: {error.error.stack or error.error.message}")
