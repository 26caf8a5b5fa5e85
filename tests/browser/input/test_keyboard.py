import json
import secrets

from playwright.sync_api import expect

from tests.browser.conftest import OpenTab
from tests.browser.tab import Tab, approve
from tests.faults.arena import Arena
from tests.servers.process import until

ASK = "[scenario: coding rate=0]"
STREAM = "[scenario: long tokens=20000 rate=100]"


def test_a_session_is_started_steered_and_interrupted_by_keyboard_alone(
    arena: Arena, open_tab: OpenTab
) -> None:
    page = (tab := open_tab(arena.cookies)).page
    page.goto(arena.server.url)
    tab.is_connected()
    page.keyboard.press("c")
    page.keyboard.type(STREAM)
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/sessions/s_*/")
    session = page.url.split("/")[-2]
    tab.says("running")
    page.keyboard.press("c")
    page.keyboard.type("Look at")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("this too")
    page.keyboard.press("Enter")
    expect(page.locator(".outgoing li")).to_contain_text("taken")
    page.keyboard.press("Escape")
    expect(page.get_by_text("Esc again interrupts")).to_be_visible()
    page.keyboard.press("Escape")
    arena.sessions.await_status(session, "idle", "running", "completed")
    until(lambda: len(arena.sessions.events(session, "user_message")) == 2)
    expect(page.locator(".outgoing li")).to_have_count(0)
    said = arena.sessions.events(session, "user_message")[1]
    assert said["text"] == "Look at\nthis too"
    arena.end(session)


def test_a_session_is_answered_in_place_cancelled_and_gone_on_with_by_keyboard_alone(
    arena: Arena, open_tab: OpenTab
) -> None:
    session = arena.sessions.queue(ASK, "default")
    arena.sessions.await_status(session, "waiting")
    tab = open_tab(arena.cookies).open_session(arena.server.url, session)
    tab.is_connected()
    page, keyboard = tab.page, tab.page.keyboard
    expect(page.locator(".approval.open")).to_be_visible()
    keyboard.press("n")
    expect(page.locator(".approval.open")).to_be_focused()
    keyboard.press("a")  # shows what was left out
    expect(page.locator(".approval-unseen")).to_be_hidden()
    keyboard.press("a")
    first = until(lambda: arena.sessions.events(session, "approval"))[0]
    assert first["decision"] == "approved"
    until(lambda: arena.sessions.events(session, "approval_request")[1:])
    tab.says("waiting")
    keyboard.press("c")
    keyboard.press("Shift+Tab")
    expect(page.get_by_role("button", name="More actions")).to_be_focused()
    keyboard.press("Enter")
    expect(page.get_by_role("menuitemradio", name="Enter sends").first).to_be_focused()
    keyboard.press("End")
    keyboard.press("Enter")
    expect(page.get_by_role("button", name="Keep it going")).to_be_focused()
    keyboard.press("Tab")
    keyboard.press("Enter")  # really
    tab.says("cancelled")
    keyboard.press("c")
    keyboard.type("[scenario: long tokens=5 rate=0] Go on")
    keyboard.press("Enter")
    tab.says("completed")
    said = arena.sessions.events(session, "user_message")[-1]
    assert said["text"].endswith("Go on")


def test_questions_are_answered_from_the_inbox_by_keyboard_alone(
    arena: Arena, open_tab: OpenTab
) -> None:
    page = (tab := open_tab(arena.cookies)).page
    page.goto(arena.server.url)
    tab.is_connected()
    session = arena.sessions.queue(ASK, "default")
    arena.sessions.await_status(session, "waiting")
    expect(page.locator("header [data-slot=asks]")).to_be_visible()
    page.keyboard.press("i")
    page.wait_for_url("**/inbox/")
    mine = page.locator(f".ask-card[data-session={session}]")
    expect(mine.first).to_be_visible()
    focus_question_of(tab, session)
    page.keyboard.press("e")
    editor = page.get_by_label("Content")
    expect(editor).to_be_focused()
    page.keyboard.press("Control+Home")
    page.keyboard.type("# edited by hand\n")
    expect(page.locator(".input-preview [data-kind=in]").first).to_contain_text(
        "edited by hand"
    )
    page.keyboard.press("Control+Enter")
    first = until(lambda: arena.sessions.events(session, "approval"))[0]
    assert first["decision"] == "approved"
    assert first["input"]["content"].startswith("# edited by hand\n")
    page.reload()  # what was answered has gone
    expect(mine.first).to_be_visible()
    focus_question_of(tab, session)
    page.keyboard.press("d")
    page.keyboard.type("not now")
    page.keyboard.press("Enter")
    denied = until(lambda: arena.sessions.events(session, "approval")[1:])[0]
    assert (denied["decision"], denied["reason"]) == ("denied", "not now")
    arena.end(session)


def focus_question_of(tab: Tab, session: str) -> None:
    """Go on to the next question until it is one of this session's."""
    inside = f".ask-card[data-session={session}] :focus"

    def found() -> bool:
        tab.page.keyboard.press("n")
        return bool(tab.page.locator(inside).count())

    until(found)


def test_the_list_is_searched_walked_and_labelled_by_keyboard_alone(
    arena: Arena, open_tab: OpenTab
) -> None:
    word = f"findable{secrets.token_hex(3)}"  # by nothing else, nor an earlier try
    session = arena.sessions.queue(f"[scenario: long tokens=5 rate=0] {word}")
    arena.sessions.await_rest(session, "completed")
    arena.sessions.set(session, title=f"{word} by its title")
    page = (tab := open_tab(arena.cookies)).page
    page.goto(arena.server.url)
    tab.is_connected()
    page.keyboard.press("/")
    page.keyboard.type(f"{word} title")
    page.wait_for_url(f"**/?text={word}+title")
    expect(page.locator(".rows > li")).to_have_count(1)
    deeper = page.get_by_role("link", name="Show where it was said")
    expect(deeper).to_have_attribute("href", f"/search/?q={word}%20title")
    page.keyboard.press("Tab")
    page.locator("h1").evaluate("() => document.activeElement.blur()")
    page.keyboard.press("j")
    expect(page.locator(f"li[data-session={session}] .row-title")).to_be_focused()
    for _ in range(2):
        page.keyboard.press("Tab")
        if page.locator("[data-act=labels]:focus").count():
            break
    expect(page.locator("[data-act=labels]")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.type("Bug")
    with page.expect_response("**/sessions/list?**") as read_anew:
        page.keyboard.press("Enter")
    read_anew.value.finished()
    expect(page.locator(f"li[data-session={session}] .tag")).to_have_text("bug")
    expect(page.get_by_label("Add a tag")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("[data-act=labels]")).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/sessions/{session}/")


def test_a_message_that_could_not_be_sent_is_kept_and_sent_once(
    arena: Arena, open_tab: OpenTab
) -> None:
    page = (tab := open_tab(arena.cookies)).page
    session, proxy = arena.stream(tokens=600), arena.proxy()
    tab.open_session(proxy.url, session)
    tab.streams(session)
    proxy.refuse()
    tab.is_connected("reconnecting")
    page.get_by_label("Message to the agent").fill("Kept")
    page.keyboard.press("Enter")
    item = page.locator(".outgoing li")
    expect(item).to_contain_text("Not sent")
    proxy.accept()
    tab.is_connected()
    page.reload()
    expect(item).to_contain_text("Kept")
    page.get_by_role("button", name="Send again").dblclick()
    expect(item).to_contain_text("taken")
    query = "SELECT data FROM sessions_app_command WHERE session_id = ? AND type = ?"
    rows = arena.installation.rows(query, session, "prompt")
    assert [json.loads(data)["text"] for (data,) in rows] == ["Kept"]
    arena.sessions.await_rest(session, "completed")


def test_a_second_answer_is_told_who_was_first(arena: Arena, open_tab: OpenTab) -> None:
    session = arena.sessions.queue(ASK, "default")
    arena.sessions.await_status(session, "waiting")
    tab = open_tab(arena.cookies)
    # In the session: an inbox may see meanwhile that nothing waits any more.
    tab.page.goto(f"{arena.server.url}/sessions/{session}/")
    bar = tab.page.locator(".approval.open").first
    expect(bar).to_be_visible()
    asked = arena.sessions.await_event(session, "approval_request")
    arena.runner.suspend()  # nobody hears the first answer yet
    try:
        with arena.browse() as client:
            page = client.get(f"/sessions/{session}/")
            token = page.text.split('name="csrf-token" content="')[1].split('"')[0]
            answer = client.post(
                f"/api/v1/sessions/{session}/commands",
                json={"type": "deny", "toolUseId": asked["toolUseId"]},
                headers={"X-CSRFToken": token, "Idempotency-Key": "k"},
            )
            assert answer.status_code == 202
        approve(bar)
        expect(bar.get_by_role("alert")).to_have_text("admin has denied this already.")
    finally:
        arena.runner.wake()
    arena.end(session)
