import re

from playwright.sync_api import expect

from tests.browser.conftest import OpenTab
from tests.browser.tab import Tab
from tests.faults.arena import Arena
from tests.servers.process import until

# Keeps what the badge has said, however short.
LISTEN = """
window.said = [];
document.addEventListener("DOMContentLoaded", () => {
  const badge = document.querySelector(".badge");
  const hear = () => window.said.push([badge.dataset.state, badge.textContent]);
  const all = {attributes: true, characterData: true, childList: true, subtree: true};
  new MutationObserver(hear).observe(badge, all);
});
"""


def said(tab: Tab, state: str) -> list[str]:
    heard: list[list[str]] = tab.page.evaluate("window.said")
    return [words for known, words in heard if known == state]


def test_the_badge_says_how_the_page_is_connected(
    arena: Arena, open_tab: OpenTab
) -> None:
    session = arena.sessions.queue("[scenario: long tokens=5 rate=0]")
    arena.sessions.await_rest(session, "completed")
    # More than a few pages: they are read one by one, as they are acknowledged.
    arena.extend(session, *({"type": "moon_phase", "moons": n} for n in range(4000)))
    tab, proxy = open_tab(arena.cookies), arena.proxy()
    tab.page.add_init_script(LISTEN)
    tab.open_session(proxy.url, session)
    badge = tab.page.locator(".badge")
    expect(badge).to_have_text("live")
    to_go = [
        w for w in said(tab, "catching-up") if re.fullmatch(r".+, [\d,]+ to go", w)
    ]
    counts = [int(re.sub(r"\D", "", words)) for words in to_go]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] <= arena.head(session)
    proxy.refuse()
    expect(badge).to_have_text("reconnecting")
    arena.extend(session, {"type": "moon_phase", "moons": 1})
    proxy.accept()
    expect(badge).to_have_text("live")
    until(lambda: tab.cursor(session) == arena.head(session))


def test_an_attempt_that_broke_off_disappears_and_its_retry_is_told(
    arena: Arena, open_tab: OpenTab
) -> None:
    session = arena.sessions.queue("[scenario: overloaded_midstream rate=100]")
    tab = open_tab(arena.cookies).open_session(arena.server.url, session)
    tab.says("completed")
    assert arena.sessions.events(session, "turn_discarded")
    expect(tab.page.locator(".row.thinking")).to_have_count(1)
    expect(tab.page.locator(".notice[data-type=retry]")).to_have_count(1)
    expect(tab.page.locator(".notice[data-type=turn_discarded]")).to_have_count(0)
