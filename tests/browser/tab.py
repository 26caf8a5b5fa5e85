import re
from collections.abc import Iterator, Mapping
from typing import Any

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    expect,
)

from tests.servers.process import PATIENCE_S, until

HOST = "127.0.0.1"
# Chromium says these by itself, and tests mean them: a socket or stream cut, or whose
# server is away, the page of a sign-in link that was used, and an answer too late.
EXPECTED = re.compile(
    r"WebSocket connection to .* failed|Failed to load resource: .* (409|410) "
    r"|Failed to load resource: net::ERR_(CONNECTION|SOCKET_NOT|EMPTY_RESPONSE"
    r"|INCOMPLETE_CHUNKED_ENCODING)"
)
REPORT_VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) => console.error(
  `policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""
SHOWN = """session => [...document.querySelectorAll(
  `.row.text[data-session="${session}"]`)].map(text => text.textContent).join("")"""
SCROLLER = "document.querySelector('.scroller')"
# Two frames: in the first what was asked for is painted, and may ask for more.
PAINTED = """() => new Promise(done =>
  requestAnimationFrame(() => requestAnimationFrame(() => done(null))))"""
SCROLL_ON = """() => {
  const scroller = document.querySelector('.scroller');
  const before = scroller.scrollTop;
  scroller.scrollTop += scroller.clientHeight / 2;
  return scroller.scrollTop === before;
}"""


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
        """Open a session, from its start on: without, a page reads its end alone."""
        self.page.goto(f"{url}/sessions/{session}/?from=start")
        return self

    def text(self, session: str) -> str:
        """All that the agent has said, as the page holds it."""
        return str(self.page.evaluate("s => window.ringside.text(s)", session))

    def shown(self, session: str) -> str:
        """What the agent has said, as far as it is in sight, without its markup."""
        return str(self.page.evaluate(SHOWN, session))

    def leaf_through(self) -> Iterator[None]:
        """Scroll through the timeline from its start; yield whenever it is painted."""
        self.page.evaluate(f"{SCROLLER}.scrollTop = 0")
        while True:
            self.page.evaluate(PAINTED)
            yield
            self.page.evaluate(PAINTED)
            if self.page.evaluate(SCROLL_ON):
                return

    def unfold(self, selector: str) -> None:
        """Click on all in sight that is folded, and on what comes to sight by that."""
        while self.page.locator(selector).count():
            self.page.locator(selector).evaluate_all("all => all.map(f => f.click())")
            self.page.evaluate(PAINTED)

    def cursor(self, session: str) -> int:
        return int(self.page.evaluate("s => window.ringside.cursor(s)", session))

    def streams(self, session: str) -> None:
        """Wait until there is more of the session's text than now."""
        before = len(self.text(session))
        until(lambda: len(self.text(session)) > before)

    def says(self, status: str, within: float = PATIENCE_S) -> None:
        """Wait until the session's page says its status."""
        chip = self.page.locator("main [data-slot=status]")
        expect(chip).to_have_text(status, timeout=within * 1000)

    def is_connected(self, state: str = "live", within: float = PATIENCE_S) -> None:
        badge = self.page.locator(".badge")
        expect(badge).to_have_attribute("data-state", state, timeout=within * 1000)

    def lists(self, session: str, status: str, within: float = PATIENCE_S) -> None:
        """Wait until the list of sessions has one, with its status."""
        chip = self.page.locator(f"li[data-session={session}] [data-slot=status]")
        expect(chip).to_have_text(status, timeout=within * 1000)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not EXPECTED.match(message.text):
            self.complaints.append(message.text)


def approve(bar: Locator) -> None:
    """Approve what a question asks, as a person does: see all of it first."""
    button = bar.locator("[data-answer=approve]")
    if "Show all" in (button.text_content() or ""):
        button.click()
        expect(button).to_have_text("Approve")
    button.click()


def sign_in(context: BrowserContext, cookies: Mapping[str, str]) -> None:
    for name, value in cookies.items():
        context.add_cookies(
            [{"name": name, "value": value, "domain": HOST, "path": "/"}]
        )


class Tabs:
    """The tabs of a test, each in a browser profile of its own."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._tabs: list[Tab] = []
        self._complaints: list[str] = []

    def open(self, cookies: Mapping[str, str] | None = None, **options: Any) -> Tab:
        viewport = {"width": 1000, "height": 800}
        context = self._browser.new_context(**{"viewport": viewport, **options})
        context.set_default_timeout(PATIENCE_S * 1000)
        sign_in(context, cookies or {})
        self._tabs.append(Tab(context.new_page(), self._complaints))
        return self._tabs[-1]

    def close(self) -> None:
        for tab in self._tabs:
            tab.page.context.close()
        assert not self._complaints, self._complaints
