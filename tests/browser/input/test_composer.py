from pathlib import Path

from playwright.sync_api import expect

from tests.browser.axe import violations
from tests.browser.conftest import OpenTab
from tests.faults.arena import Arena


def test_there_is_no_box_for_a_message_that_would_be_refused(
    arena: Arena, open_tab: OpenTab
) -> None:
    tab = open_tab(arena.cookies)
    session = arena.sessions.queue("A program's", engine="exec")
    arena.sessions.set(session, status="completed")
    tab.open_session(arena.server.url, session)
    form = tab.page.locator("form.composer")
    expect(form).to_contain_text(f"runagent --session {session}")
    expect(tab.page.get_by_label("Message to the agent")).to_be_hidden()
    expect(form.get_by_role("button", name="Send")).to_be_hidden()


def test_what_a_person_writes_is_completed_recalled_sent_and_taken_back(
    arena: Arena, open_tab: OpenTab, tmp_path: Path
) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "parser notes.md").touch()
    (tmp_path / "src" / "parser.py").touch()
    session = arena.sessions.queue("[scenario: long tokens=5 rate=0] First")
    arena.sessions.await_rest(session, "completed")
    arena.sessions.set(session, workdir=str(tmp_path))
    tab = open_tab(arena.cookies).open_session(arena.server.url, session)
    tab.is_connected()
    box, keyboard = tab.page.get_by_label("Message to the agent"), tab.page.keyboard

    box.click()
    keyboard.type("Read @pars")
    option = tab.page.get_by_role("option")
    expect(option).to_have_count(2)
    expect(box).to_have_attribute("aria-activedescendant", "files-0")
    keyboard.press("ArrowDown")
    assert not violations(tab.page)
    keyboard.press("Enter")  # takes the name, sends nothing
    expect(box).to_have_value("Read @src/parser.py ")
    expect(option).to_have_count(0)

    keyboard.press("Control+a")
    keyboard.press("Delete")
    keyboard.press("ArrowUp")
    expect(box).to_have_value("[scenario: long tokens=5 rate=0] First")
    keyboard.press("ArrowDown")
    expect(box).to_have_value("")

    more = tab.page.get_by_role("button", name="More actions")
    more.click()
    assert not violations(tab.page)
    tab.page.get_by_role("menuitemradio", name="Ctrl Enter sends").click()
    box.click()
    keyboard.type("one")
    keyboard.press("Enter")
    keyboard.type("two")
    expect(box).to_have_value("one\ntwo")

    # Without a runner nobody reads it: it can be taken back, also after a reload.
    arena.runner.kill()
    keyboard.press("Control+Enter")
    tab.page.get_by_role("button", name="Take back").wait_for()
    tab.page.reload()
    other = tab.beside().open_session(arena.server.url, session)
    expect(other.page.locator(".outgoing > li")).to_contain_text("two")
    tab.page.get_by_role("button", name="Take back").click()
    expect(box).to_have_value("one\ntwo")
    expect(tab.page.locator(".outgoing > li")).to_have_count(0)
    expect(other.page.locator(".outgoing > li")).to_have_count(0)
    other.page.close()
    assert arena.sessions.status(session) == "completed"
    arena.start_runner()
    keyboard.press("Control+a")
    keyboard.type("[scenario: long tokens=5 rate=0] three")
    keyboard.press("Control+Enter")
    expect(tab.page.locator(".message-text").last).to_contain_text("three")
    said = [event["text"] for event in arena.sessions.events(session, "user_message")]
    assert not any("two" in text for text in said)
