import pytest
from playwright.sync_api import expect

from sessions_app.protocol.commands import Prompt
from tests.browser.conftest import OpenTab
from tests.browser.tab import Tab
from tests.faults.arena import Arena
from tests.servers.process import until

# In the place of the desktop, which a browser without a screen does not have: it keeps
# what it was to show, and says yes when it is asked. `away` hides the tab.
DESKTOP = """
window.asked = 0;
window.shown = [];
window.away = false;
Object.defineProperty(document, "hidden", {get: () => window.away});
window.Notification = class extends EventTarget {
  static permission = localStorage.getItem("desktop") ?? "default";
  static async requestPermission() {
    window.asked += 1;
    localStorage.setItem("desktop", "granted");
    return (this.permission = "granted");
  }
  constructor(words, {body}) { super(); window.shown.push([words, body]); }
  close() {}
};
"""
HIDE = "() => { away = true; document.dispatchEvent(new Event('visibilitychange')); }"


SHORT = "[scenario: long tokens=5 rate=0]"


@pytest.fixture
def tab(arena: Arena, open_tab: OpenTab) -> Tab:
    tab = open_tab(arena.cookies)
    tab.page.add_init_script(DESKTOP)
    return tab


def open_finished(arena: Arena, tab: Tab) -> str:
    """Open a session that has ended, and that would ask if it went on to act."""
    session = arena.sessions.queue(SHORT, "default")
    arena.sessions.await_rest(session, "completed")
    tab.open_session(arena.server.url, session)
    tab.is_connected()
    return session


def go_on(arena: Arena, session: str, text: str) -> None:
    arena.sessions.tell(session, Prompt(text=text))


def told(tab: Tab) -> list[list[str]]:
    found: list[list[str]] = tab.page.evaluate("window.shown")
    return found


def test_who_asked_for_it_is_told_of_questions_and_ends_while_away(
    arena: Arena, tab: Tab
) -> None:
    for words, scenario in (
        ("Needs your approval", "coding"),
        ("Done", "long tokens=9"),
        ("Failed", "refusal"),
    ):
        session = open_finished(arena, tab)
        button = tab.page.get_by_role("button", name="Notify me")
        if words == "Needs your approval":
            assert tab.page.evaluate("window.asked") == 0
            expect(button).to_have_attribute("aria-pressed", "false")
            button.click()
            assert tab.page.evaluate("window.asked") == 1
        expect(button).to_have_attribute("aria-pressed", "true")
        tab.page.evaluate(HIDE)
        go_on(arena, session, f"[scenario: {scenario} rate=0]")
        until(lambda: told(tab))
        assert told(tab)[0] == [words, SHORT]
        arena.end(session)


def test_nobody_is_told_who_looks_or_has_turned_it_off(arena: Arena, tab: Tab) -> None:
    session = open_finished(arena, tab)
    button = tab.page.get_by_role("button", name="Notify me")
    ends = tab.page.locator(".row.outcome")
    button.click()
    go_on(arena, session, SHORT)
    expect(ends).to_have_count(2)
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")
    tab.page.evaluate(HIDE)
    go_on(arena, session, SHORT)
    expect(ends).to_have_count(3)
    assert told(tab) == []
