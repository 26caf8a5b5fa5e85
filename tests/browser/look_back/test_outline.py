from playwright.sync_api import Locator, expect

from tests.browser.axe import violations_by_scheme
from tests.browser.conftest import OpenTab
from tests.browser.look_back.test_looking_back import is_shown
from tests.browser.tab import Tab
from tests.browser.timeline.test_long_session import long_session
from tests.faults.arena import Arena
from tests.servers.process import until


def outline_of(tab: Tab, arena: Arena, session: str) -> Locator:
    tab.page.goto(f"{arena.server.url}/sessions/{session}/")
    tab.is_connected()
    tab.page.keyboard.press("o")
    outline = tab.page.get_by_role("tree", name="Outline")
    expect(outline).to_be_focused()
    return outline


def test_an_outline_leads_to_what_was_never_in_sight_by_keyboard_alone(
    arena: Arena, open_tab: OpenTab
) -> None:
    tab = open_tab(arena.cookies)
    outline = outline_of(tab, arena, long_session(arena))
    here = outline.locator("[aria-current]")
    expect(here).to_contain_text("Turn 39")
    assert outline.locator(".ledger-line").count() < 60
    tab.page.keyboard.press("Home")
    expect(outline.locator(".active")).to_contain_text("[scenario: long")
    for _ in range(4):
        tab.page.keyboard.press("ArrowDown")
    tab.page.keyboard.press("Enter")
    is_shown(tab, "Turn 3 says")
    expect(here).to_contain_text("Turn 3 says")
    # Reading on takes the mark along.
    tab.page.evaluate("document.querySelector('.scroller').scrollTop += 3000")
    expect(here).not_to_contain_text("Turn 3 says")
    assert violations_by_scheme(tab.page) == []
    tab.page.keyboard.press("Escape")
    expect(outline).to_be_hidden()
    expect(tab.page.locator(".scroller")).to_be_focused()


def test_an_outline_names_agents_edits_and_questions_and_on_a_phone_is_a_sheet(
    arena: Arena, open_tab: OpenTab
) -> None:
    session = arena.sessions.queue("[scenario: coding rate=0]", "default")
    arena.sessions.await_status(session, "waiting")
    tab = open_tab(arena.cookies, viewport={"width": 390, "height": 720})
    outline = outline_of(tab, arena, session)
    sheet = tab.page.get_by_role("dialog", name="Outline")
    assert sheet.evaluate("sheet => sheet.matches(':modal')")
    asked = outline.get_by_role("treeitem").filter(has_text="Approval")
    expect(asked).to_contain_text("asking")
    assert violations_by_scheme(tab.page) == []
    asked.click()
    expect(sheet).to_be_hidden()
    target = tab.page.locator(".item.target")
    until(lambda: target.count() > 0)
    arena.end(session)
