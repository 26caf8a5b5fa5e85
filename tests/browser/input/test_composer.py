from playwright.sync_api import expect

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
