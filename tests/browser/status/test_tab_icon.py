import re

from playwright.sync_api import expect

from tests.browser.conftest import OpenTab
from tests.browser.tab import Tab
from tests.faults.arena import Arena


def shows(tab: Tab, state: str) -> None:
    """Wait until a tab has this icon, and check that the server has it too."""
    icon = tab.page.locator("link[rel=icon]")
    # Its file name has a hash in it.
    expect(icon).to_have_attribute("href", re.compile(f"/icon/{state}[.]"))
    answer = tab.page.request.get(tab.page.url.split("/sessions/")[0] + href(tab))
    assert (answer.status, answer.headers["content-type"]) == (200, "image/svg+xml")


def href(tab: Tab) -> str:
    return tab.page.locator("link[rel=icon]").get_attribute("href") or ""


def test_the_icon_says_what_a_session_does_and_wants(
    arena: Arena, open_tab: OpenTab
) -> None:
    tab = open_tab(arena.cookies)
    streaming = arena.endless()
    tab.open_session(arena.server.url, streaming)
    shows(tab, "running")
    arena.stop(streaming)
    shows(tab, "quiet")
    asking = arena.sessions.queue("[scenario: coding rate=0]", "default")
    tab.open_session(arena.server.url, asking)
    shows(tab, "waiting")
    arena.end(asking)
    failing = arena.sessions.queue("[scenario: refusal rate=0]")
    tab.open_session(arena.server.url, failing)
    shows(tab, "failed")


def test_the_list_has_the_icon_of_what_waits(arena: Arena, open_tab: OpenTab) -> None:
    tab = open_tab(arena.cookies)
    asking = arena.sessions.queue("[scenario: coding rate=0]", "default")
    arena.sessions.await_status(asking, "waiting")
    tab.page.goto(arena.server.url)
    tab.is_connected()
    shows_of_list = tab.page.locator("link[rel=icon]")
    expect(shows_of_list).to_have_attribute("href", re.compile("/icon/waiting[.]"))
    expect(tab.page).to_have_title("(1) Sessions · Ringside")
    arena.end(asking)
    expect(tab.page).to_have_title("Sessions · Ringside")
    expect(shows_of_list).to_have_attribute("href", re.compile("/icon/quiet[.]"))
