import re
from collections.abc import Mapping

from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from tests.process import until

HOST = "127.0.0.1"
# Chromium says these by itself, and tests mean them: a socket that was cut or whose
# server is away, and the page of a sign-in link that was used.
EXPECTED = re.compile(
    r"WebSocket connection to .* failed|Failed to load resource: .* 410 "
)
REPORT_VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) => console.error(
  `policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""
SHOWN = """session => [...document.querySelectorAll(
  `.row.text[data-session="${session}"] .prose`)]
  .map(prose => prose.textContent).join("")"""


class Tab:
    """A browser tab on a Ringside page."""

    def __init__(self, page: Page, complaints: list[str]) -> None:
        self.page = page
        self.complaints = complaints
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        page.add_init_script(REPORT_VIOLATIONS)

    def beside(self) -> "Tab":
        """Open another tab of the same browser profile."""
        return Tab(self.page.context.new_page(), self.complaints)

    def open_session(self, url: str, session: str) -> "Tab":
        self.page.goto(f"{url}/sessions/{session}/")
        return self

    def text(self, session: str) -> str:
        """All that the agent has said, as the page holds it."""
        return str(self.page.evaluate("s => window.ringside.text(s)", session))

    def shown(self, session: str) -> str:
        """All that the agent has said, as the page shows it, without its markup."""
        return str(self.page.evaluate(SHOWN, session))

    def cursor(self, session: str) -> int:
        return int(self.page.evaluate("s => window.ringside.cursor(s)", session))

    def streams(self, session: str) -> None:
        """Wait until there is more of the session's text than now."""
        before = len(self.text(session))
        until(lambda: len(self.text(session)) > before)

    def says(self, status: str, within: float = 30.0) -> None:
        """Wait until the session's page says its status."""
        chip = self.page.locator("main [data-slot=status]")
        expect(chip).to_have_text(status, timeout=within * 1000)

    def is_connected(self, state: str = "live", within: float = 20.0) -> None:
        badge = self.page.locator(".badge")
        expect(badge).to_have_attribute("data-state", state, timeout=within * 1000)

    def lists(self, session: str, status: str, within: float = 20.0) -> None:
        """Wait until the list of sessions has one, with its status."""
        chip = self.page.locator(f"li[data-session={session}] [data-slot=status]")
        expect(chip).to_have_text(status, timeout=within * 1000)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not EXPECTED.match(message.text):
            self.complaints.append(message.text)


class Tabs:
    """The tabs of a test, each in a browser profile of its own."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._tabs: list[Tab] = []
        self._complaints: list[str] = []

    def open(self, cookies: Mapping[str, str] | None = None) -> Tab:
        context = self._browser.new_context(viewport={"width": 1000, "height": 800})
        context.set_default_timeout(20_000)
        for name, value in (cookies or {}).items():
            context.add_cookies(
                [{"name": name, "value": value, "domain": HOST, "path": "/"}]
            )
        self._tabs.append(Tab(context.new_page(), self._complaints))
        return self._tabs[-1]

    def close(self) -> None:
        for tab in self._tabs:
            tab.page.context.close()
        assert self._complaints == []
