from playwright.sync_api import Locator, Page, expect

from tests.browser.tab import PAINTED, SCROLLER, Tab
from tests.faults.arena import Arena

WIDE = {"width": 1440, "height": 800}  # px; there is room for the sidebar
# The page is the document that it was: nothing of it has been loaded anew.
MARK = "window.isSame = true"
TOP = """() => {
  const scroller = document.querySelector('.scroller');
  const edge = scroller.getBoundingClientRect().top;
  const items = [...document.querySelectorAll('.item')];
  const item = items.find(each => each.getBoundingClientRect().bottom > edge);
  return [item.dataset.row, item.getBoundingClientRect().top - edge];
}"""


class FramedTab:
    """A tab whose pages are shown in the frame, one after the other."""

    def __init__(self, tab: Tab, arena: Arena) -> None:
        self.tab = tab
        self.url = arena.server.url

    @property
    def page(self) -> Page:
        return self.tab.page

    def load(self, path: str) -> None:
        self.page.goto(self.url + path)
        self.tab.is_connected()
        self.page.evaluate(MARK)

    def row(self, session: str) -> Locator:
        """The session's line in the sidebar."""
        return self.page.locator(f".sidebar-row[data-session={session}]")

    def switch(self, session: str) -> None:
        """Open a session from the sidebar."""
        self.row(session).click()
        self.shows(session)

    def shows(self, session: str) -> None:
        """Wait until a session's page is in the window, without a reload."""
        main = self.page.locator(f"main[data-session={session}]")
        expect(main.locator(".item").first).to_be_visible()
        assert f"/sessions/{session}/" in self.page.url
        assert self.page.evaluate("window.isSame") is True

    def scroll(self, px: int) -> tuple[str, float]:
        """Scroll to a distance from the start; return what is at the upper edge."""
        self.page.evaluate(f"{SCROLLER}.scrollTop = {px}")
        return self.place()

    def place(self) -> tuple[str, float]:
        """The row at the upper edge, and its offset in px."""
        self.page.evaluate(PAINTED)
        self.page.evaluate(PAINTED)
        row, offset = self.page.evaluate(TOP)
        return row, offset
