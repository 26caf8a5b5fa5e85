"""Where room is short, or text runs from right to left."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import OpenTab
from tests.browser.frame.framed_tab import FramedTab
from tests.faults.arena import Arena

PHONE = {"width": 360, "height": 740}  # px
ZOOMED = {"width": 720, "height": 450}  # px: a window of 1440 by 900 at 200 %
DESK = {"width": 1440, "height": 900}
COLUMNS = {"width": 1700, "height": 900}  # there is room for two panes beside the page
# Elements that are shown and stand, in part, outside of the window.
OUTSIDE = """() => [...document.querySelectorAll('main *, header *')]
  .filter(each => each.checkVisibility({ checkOpacity: true }))
  .filter(each => !each.closest('.sr-only, .row-link'))
  .filter(each => {
    for (let up = each.parentElement; up; up = up.parentElement)
      if (getComputedStyle(up).overflowX !== 'visible') return false;
    const { left, right, width } = each.getBoundingClientRect();
    return width > 0 && (left < -1 || right > innerWidth + 1);
  })
  .map(each => each.outerHTML.slice(0, 120))"""
SCROLLS = "document.scrollingElement.scrollWidth > innerWidth"


def assert_fits(page: Page) -> None:
    assert page.evaluate(OUTSIDE) == []
    assert page.evaluate(SCROLLS) is False
    assert violations(page) == []


@pytest.mark.parametrize("way", ["ltr", "rtl"])
@pytest.mark.parametrize("window", [PHONE, ZOOMED, DESK], ids=["360", "200%", "desk"])
def test_session_list_inbox_and_wall_fit_the_window_in_both_directions(
    arena: Arena,
    open_tab: OpenTab,
    asking: str,
    window: dict[str, int],
    way: str,
) -> None:
    framed = FramedTab(open_tab(arena.cookies, viewport=window), arena)
    page = framed.page
    shown = {
        f"/sessions/{asking}/": ".approval.open",
        "/": f"main [data-session={asking}]",
        "/inbox/": "main .approval",
        "/wall/": f".tile[data-session={asking}]",
    }
    for path, sought in shown.items():
        framed.load(path)
        page.evaluate("way => { document.documentElement.dir = way }", way)
        expect(page.locator(sought).first).to_be_visible()
        assert_fits(page)


@pytest.mark.parametrize("way", ["ltr", "rtl"])
def test_three_columns_fit_the_window_in_both_directions(
    arena: Arena, open_tab: OpenTab, streaming: str, written: str, asking: str, way: str
) -> None:
    framed = FramedTab(open_tab(arena.cookies, viewport=COLUMNS), arena)
    page = framed.page
    page.goto(f"{framed.url}/sessions/{written}/?beside={streaming},{asking}")
    page.evaluate("way => { document.documentElement.dir = way }", way)
    expect(page.locator(".pane .item").first).to_be_visible()
    expect(page.locator(".pane")).to_have_count(2)
    expect(page.locator(".approval.open")).to_be_visible()
    assert_fits(page)
