from playwright.sync_api import expect

from tests.browser.axe import violations
from tests.browser.conftest import OpenTab
from tests.faults.arena import Arena
from tests.servers.process import until

# The reader was here five minutes ago, and has seen so much.
SEEN = "`ringside seen ${document.querySelector('.sidebar').dataset.person}`"
WAS_HERE = f"""([session, seq]) => localStorage.setItem({SEEN},
  JSON.stringify({{sinceMs: 0, heads: [[session, seq, Date.now() - 300_000]]}}))"""
NOTED = f"""session => JSON.parse(localStorage.getItem({SEEN}))
  .heads.find(([seen]) => seen === session)?.[1] ?? 0"""


def test_the_palette_finds_actions_pages_and_sessions_by_keyboard_alone(
    arena: Arena, open_tab: OpenTab
) -> None:
    session = arena.sessions.queue("[scenario: long tokens=5 rate=0] Polish")
    arena.sessions.await_rest(session, "completed")
    tab = open_tab(arena.cookies, viewport={"width": 360, "height": 700})
    page, keyboard = tab.page, tab.page.keyboard
    page.goto(arena.server.url)
    tab.is_connected()
    box = page.get_by_role("combobox", name="What to do")
    chosen = page.locator(".finder-item[aria-selected=true]")

    page.get_by_placeholder("Search titles").focus()  # also from within a field
    keyboard.press("Control+k")
    expect(box).to_be_focused()
    keyboard.type("polish")
    expect(chosen).to_contain_text("Polish")
    assert not violations(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    keyboard.press("Enter")
    page.wait_for_url(f"**/sessions/{session}/")
    tab.is_connected()

    keyboard.press("Control+k")
    keyboard.type("outl")
    expect(chosen).to_contain_text("Outline of the session")
    keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Outline")).to_be_visible()
    keyboard.press("Escape")

    keyboard.press("Control+k")
    keyboard.type("inbox")
    expect(chosen).to_contain_text("Inbox")
    keyboard.press("Escape")
    expect(box).to_be_hidden()
    keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_contain_text("Ctrl")
    keyboard.press("Escape")

    page.goto(f"{arena.server.url}/search/")
    keyboard.press("Control+k")
    keyboard.type("all sess")
    expect(chosen).to_contain_text("ll sessions")
    keyboard.press("Enter")
    page.wait_for_url(f"{arena.server.url}/")


def test_who_comes_back_sees_what_is_new_and_can_copy_the_answer(
    arena: Arena, open_tab: OpenTab
) -> None:
    session = arena.sessions.queue("[scenario: long tokens=5 rate=0] First")
    arena.sessions.await_rest(session, "completed")
    seen = arena.head(session)
    arena.extend(session, {"type": "user_message", "text": "While you were away"})
    tab = open_tab(arena.cookies)
    tab.page.goto(arena.server.url)
    tab.page.evaluate(WAS_HERE, [session, seen])
    tab.open_session(arena.server.url, session)
    line = tab.page.locator(".item.since")
    expect(line).to_have_text("New since you last looked")
    after = line.locator("xpath=following-sibling::*[1]")
    expect(after).to_contain_text("While you were away")
    assert not violations(tab.page)

    tab.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab.page.get_by_role("button", name="Copy answer").click()
    expect(tab.page.get_by_role("button", name="Copied")).to_be_visible()
    copied = tab.page.evaluate("navigator.clipboard.readText()")
    assert copied == tab.text(session).strip()

    tab.page.reload()  # leaving notes what was seen; it is not new any more
    tab.is_connected()
    until(lambda: tab.page.evaluate(NOTED, session) == arena.head(session))
    tab.page.reload()
    expect(tab.page.get_by_text("While you were away")).to_be_visible()
    expect(line).to_have_count(0)
