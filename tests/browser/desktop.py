from collections.abc import Mapping

from playwright.sync_api import BrowserType, Page

from tests.browser.chromium import ARGUMENTS, WINDOWED
from tests.browser.tab import HOST, Tab, sign_in
from tests.servers.free_port import free_port

# With these, which Playwright gives a browser, no tab would ever rest.
WAKEFUL = (
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
)


class Desktop:
    """A browser as people have it: one tab is in front, and those behind it sleep.

    Whatever Playwright drives it keeps awake, as if it were looked at. So the browser
    is asked by its debugging port for its own first window, in which it overrides
    nothing.
    """

    def __init__(self, browsers: BrowserType) -> None:
        port = free_port()
        self._launched = browsers.launch(
            executable_path=WINDOWED,
            args=[*ARGUMENTS, f"--remote-debugging-port={port}"],
            ignore_default_args=list(WAKEFUL),
        )
        self._own = browsers.connect_over_cdp(f"http://{HOST}:{port}", no_defaults=True)
        self._context = self._own.contexts[0]
        self._complaints: list[str] = []

    def open(self, cookies: Mapping[str, str]) -> Tab:
        """Open a tab, before all others."""
        sign_in(self._context, cookies)
        return Tab(self._context.new_page(), self._complaints)

    def cover(self) -> Page:
        """Open an empty tab before all others, which hides them."""
        return self._context.new_page()

    def close(self) -> None:
        self._own.close()
        self._launched.close()
        assert not self._complaints, self._complaints
