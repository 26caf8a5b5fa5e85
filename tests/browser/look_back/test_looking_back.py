from playwright.sync_api import Locator, expect

from tests.browser.axe import violations
from tests.browser.conftest import OpenTab
from tests.browser.tab import Tab
from tests.browser.timeline.test_long_session import long_session
from tests.faults.arena import Arena
from tests.naive_fold import Fields
from tests.servers.process import until

IS_IN_SIGHT = """item => {
  const { top, bottom } = item.getBoundingClientRect();
  const box = document.querySelector(".scroller").getBoundingClientRect();
  return top < box.bottom && bottom > box.top;
}"""


def seq_of(arena: Arena, session: str, kind: str, words: str) -> int:
    """The seq of the first event of a type that holds some words."""
    events: list[Fields] = arena.sessions.events(session)
    return next(int(e["seq"]) for e in events if e["type"] == kind and words in str(e))


def is_shown(tab: Tab, words: str) -> Locator:
    """Wait until a row with these words is marked, and in sight."""
    target = tab.page.locator(".item.target").filter(has_text=words).first
    expect(target).to_be_attached()
    until(lambda: bool(target.evaluate(IS_IN_SIGHT)))
    return target


def test_a_link_to_an_event_reads_what_came_before_until_it_is_in_sight(
    arena: Arena, open_tab: OpenTab
) -> None:
    session = long_session(arena)
    tab = open_tab(arena.cookies)
    url = f"{arena.server.url}/sessions/{session}/"
    old = seq_of(arena, session, "text", "**25**")
    tab.page.goto(f"{url}#e{old}")
    is_shown(tab, "Turn 25 says")
    # Another link on the same page: to what was read already.
    newer = seq_of(arena, session, "text", "**360**")
    tab.page.evaluate("hash => { location.hash = hash }", f"#e{newer}")
    is_shown(tab, "Turn 360 says")
    tab.page.evaluate("location.hash = '#e99999999'")
    expect(tab.page.get_by_text("There is no event 99999999")).to_be_visible()


def test_a_row_offers_the_link_that_leads_back_to_it(
    arena: Arena, open_tab: OpenTab
) -> None:
    session = long_session(arena)
    tab = open_tab(arena.cookies, permissions=["clipboard-read", "clipboard-write"])
    old = seq_of(arena, session, "text", "**300**")
    url = f"{arena.server.url}/sessions/{session}/#e{old}"
    tab.page.goto(url)
    is_shown(tab, "Turn 300 says").hover()
    link = tab.page.get_by_role("link", name="Copy a link to this event")
    expect(link).to_have_attribute("href", f"/sessions/{session}/#e{old}")
    link.click()
    until(lambda: tab.page.evaluate("navigator.clipboard.readText()") == url)


def test_a_text_is_found_in_what_was_never_in_sight(
    arena: Arena, open_tab: OpenTab
) -> None:
    session = long_session(arena)
    tab = open_tab(arena.cookies)
    tab.page.goto(f"{arena.server.url}/sessions/{session}/")
    tab.is_connected()
    tab.page.keyboard.press("/")
    bar = tab.page.get_by_role("search", name="In this session")
    tab.page.keyboard.type("turn **3")
    expect(bar).to_contain_text("1 of 111")  # 3, 30 to 39 and 300 to 399
    is_shown(tab, "Turn 3 says")
    tab.page.keyboard.press("Enter")
    expect(bar).to_contain_text("2 of 111")
    is_shown(tab, "Turn 30 says")
    tab.page.keyboard.press("Shift+Enter")
    tab.page.keyboard.press("Shift+Enter")
    expect(bar).to_contain_text("111 of 111")
    is_shown(tab, "Turn 399 says")
    bar.get_by_label("Text to find").fill("and goes on")
    until(lambda: tab.page.evaluate("CSS.highlights.get('found').size") > 0)
    tab.page.keyboard.press("Escape")
    expect(bar).to_be_hidden()
    assert tab.page.evaluate("CSS.highlights.get('found').size") == 0
    tab.page.keyboard.press("u")
    expect(bar).to_contain_text("1 of 1")
    is_shown(tab, "[scenario: long")
    assert violations(tab.page) == []
