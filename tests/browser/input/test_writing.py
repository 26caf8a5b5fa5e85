from playwright.sync_api import expect

from tests.browser.conftest import OpenTab
from tests.browser.held_frames import HOLD_FRAMES
from tests.browser.tab import approve
from tests.faults.arena import Arena
from tests.servers.process import until

BOX = "Message to the agent"
# Safari ends a composition before the key that ended it.
COMPOSED = """(area, key) => area.dispatchEvent(new KeyboardEvent("keydown",
  {key, keyCode: 229, bubbles: true, cancelable: true}))"""
PASTED = """area => {
  const data = new DataTransfer();
  data.items.add(new File(["x"], "a.png", {type: "image/png"}));
  area.dispatchEvent(new ClipboardEvent("paste",
    {clipboardData: data, bubbles: true, cancelable: true}));
}"""
# Without HTTPS, on any host but this one, a page has no clipboard.
NO_CLIPBOARD = "delete Navigator.prototype.clipboard"


def at_rest(arena: Arena) -> str:
    session = arena.sessions.queue("[scenario: long tokens=5 rate=0]")
    arena.sessions.await_rest(session, "completed")
    return session


def asking(arena: Arena) -> str:
    session = arena.sessions.queue("[scenario: coding rate=0]", "default")
    arena.sessions.await_event(session, "approval_request")
    return session


def test_the_enter_that_ends_a_composition_sends_nothing(
    arena: Arena, open_tab: OpenTab
) -> None:
    tab = open_tab(arena.cookies)
    tab.open_session(arena.server.url, at_rest(arena))
    box = tab.page.get_by_label(BOX)
    box.fill("日本")
    box.evaluate(COMPOSED, "Enter")
    expect(box).to_have_value("日本")
    expect(tab.page.locator(".outgoing > li")).to_have_count(0)


def test_the_escape_that_ends_a_composition_gives_nothing_up(
    arena: Arena, open_tab: OpenTab
) -> None:
    session = asking(arena)
    tab = open_tab(arena.cookies)
    tab.open_session(arena.server.url, session)
    bar = tab.page.locator(".approval.open").first
    bar.get_by_role("button", name="Edit", exact=True).click()
    edited, why = bar.locator("textarea"), bar.get_by_label("Why not")
    edited.fill("日本")
    why.focus()
    for field in (edited, why, tab.page.get_by_label(BOX)):
        field.evaluate(COMPOSED, "Escape")
    expect(edited).to_have_value("日本")
    expect(why).to_be_focused()
    expect(tab.page.get_by_text("Esc again interrupts the agent.")).to_have_count(0)
    arena.end(session)


def test_on_a_phone_enter_is_a_new_line(arena: Arena, open_tab: OpenTab) -> None:
    phone = {"has_touch": True, "is_mobile": True}
    tab = open_tab(arena.cookies, viewport={"width": 390, "height": 700}, **phone)
    session = at_rest(arena)
    tab.open_session(arena.server.url, session)
    box = tab.page.get_by_label(BOX)
    box.fill("one")
    box.press("Enter")
    box.press_sequentially("two")
    expect(box).to_have_value("one\ntwo")
    tab.page.get_by_role("button", name="Send", exact=True).click()
    expect(tab.page.locator(".message-text").last).to_have_text("one\ntwo")
    arena.end(session)


def test_code_is_copied_without_a_clipboard_too(
    arena: Arena, open_tab: OpenTab
) -> None:
    session = at_rest(arena)
    text = "```sh\necho one\n```\n"
    arena.extend(session, {"type": "text", "block": "m9.0", "text": text})
    tab = open_tab(arena.cookies)
    tab.page.add_init_script(NO_CLIPBOARD)
    tab.open_session(arena.server.url, session)
    code = tab.page.locator("pre").last
    code.hover()
    code.locator(".copy").click()
    expect(code.locator(".copy")).to_have_attribute("aria-label", "Copied")
    box = tab.page.get_by_label(BOX)
    box.focus()
    tab.page.keyboard.press("Control+v")
    expect(box).to_have_value("echo one\n")


def test_a_reason_and_an_edit_outlive_a_reload(arena: Arena, open_tab: OpenTab) -> None:
    session = asking(arena)
    tab = open_tab(arena.cookies)
    for path in (f"/sessions/{session}/", "/inbox/"):
        tab.page.goto(f"{arena.server.url}{path}")
        card = f".ask-card[data-session={session}] " if path == "/inbox/" else ""
        bar = tab.page.locator(f"{card}.approval.open").first
        bar.get_by_label("Why not").fill("not here")
        bar.get_by_role("button", name="Edit", exact=True).click()
        area = bar.locator("textarea")
        area.fill("mine")
        tab.page.reload()
        expect(bar.get_by_label("Why not")).to_have_value("not here")
        expect(area).to_have_value("mine")
        bar.get_by_role("button", name="Do not edit").click()
    arena.end(session)


def test_who_answers_second_keeps_reading_why_it_was_refused(
    arena: Arena, open_tab: OpenTab
) -> None:
    session = asking(arena)
    first, second = open_tab(arena.cookies), open_tab(arena.cookies)
    # The second person answers what is answered already.
    second.page.add_init_script(HOLD_FRAMES)
    for tab in (first, second):
        tab.open_session(arena.server.url, session)
        expect(tab.page.locator(".approval.open")).to_be_visible()
    second.page.evaluate("window.isHeld = true")
    first.page.locator(".approval.open .danger").click()
    until(lambda: arena.sessions.events(session, "approval"))
    approve(second.page.locator(".approval.open"))
    problem = second.page.locator(".approval > .problem").first
    expect(problem).to_be_visible()
    said = problem.text_content()
    second.page.evaluate("window.letGo()")
    expect(second.page.get_by_text("Denied by admin").first).to_be_visible()
    expect(problem).to_have_text(said or "")
    expect(problem).to_be_visible()
    arena.end(session)


def test_a_message_that_is_too_long_says_so_and_comes_back(
    arena: Arena, open_tab: OpenTab
) -> None:
    tab = open_tab(arena.cookies)
    session = at_rest(arena)
    tab.open_session(arena.server.url, session)
    box = tab.page.get_by_label(BOX)
    box.evaluate("""area => {
      area.value = ("x".repeat(79) + "\\n").repeat(37_500);
      area.dispatchEvent(new Event("input"));
    }""")
    tab.page.get_by_role("button", name="Send", exact=True).click()
    state = tab.page.locator(".outgoing-state").first
    expect(state).to_contain_text("Not sent.")
    tab.page.get_by_role("button", name="Edit", exact=True).click()
    assert box.evaluate("area => area.value.length") == 3_000_000
    tab.complaints.clear()  # Chromium tells of the refusal


def test_a_pasted_image_says_that_it_cannot_be_sent(
    arena: Arena, open_tab: OpenTab
) -> None:
    tab = open_tab(arena.cookies)
    tab.open_session(arena.server.url, at_rest(arena))
    tab.page.get_by_label(BOX).evaluate(PASTED)
    expect(tab.page.locator(".composer .problem")).to_contain_text("An image cannot")
