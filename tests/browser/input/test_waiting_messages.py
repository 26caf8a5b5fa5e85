from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.axe import violations
from tests.browser.conftest import OpenTab
from tests.browser.tab import Tab
from tests.faults.arena import Arena

DONE = "[scenario: long tokens=5 rate=0]"


@pytest.fixture
def unread(arena: Arena) -> Iterator[str]:
    """A session that is over, and no runner to read what is written to it."""
    session = arena.sessions.queue(DONE)
    arena.sessions.await_rest(session, "completed")
    arena.runner.kill()
    yield session
    arena.sessions.await_rest(session, "completed")


def waiting(tab: Tab) -> Locator:
    return tab.page.locator(".outgoing-text")


def test_messages_that_wait_are_reordered_and_taken_back_in_all_browsers(
    arena: Arena, open_tab: OpenTab, unread: str
) -> None:
    tab = open_tab(arena.cookies).open_session(arena.server.url, unread)
    # A context of its own: no channel between tabs leads there.
    other = open_tab(arena.cookies).open_session(arena.server.url, unread)
    box = tab.page.locator("#say")
    for text in ("one", "two", "three"):
        box.fill(f"{DONE} {text}")
        box.press("Enter")
        expect(waiting(tab).last).to_contain_text(text)
        tab.page.get_by_role("button", name="Take back").last.wait_for()
    expect(waiting(other)).to_contain_text(["one", "two", "three"])
    earlier = tab.page.get_by_role("button", name="Read earlier")
    expect(earlier).to_have_count(2)  # the first is the first already
    assert not violations(tab.page)
    earlier.last.click()
    expect(waiting(tab)).to_contain_text(["one", "three", "two"])
    expect(waiting(other)).to_contain_text(["one", "three", "two"])
    other.page.get_by_role("button", name="Take back").first.click()
    expect(waiting(tab)).to_contain_text(["three", "two"])
    expect(earlier).to_have_count(1)
    tab.page.reload()
    expect(waiting(tab)).to_contain_text(["three", "two"])
    arena.start_runner()
    expect(waiting(tab)).to_have_count(0)
    expect(waiting(other)).to_have_count(0)
    said = [event["text"] for event in arena.sessions.events(unread, "user_message")]
    assert said[-2:] == [f"{DONE} three", f"{DONE} two"]


def test_a_message_is_edited_and_sent_again_as_a_new_one_and_the_page_says_so(
    arena: Arena, open_tab: OpenTab
) -> None:
    session = arena.sessions.queue(f"{DONE} once")
    arena.sessions.await_rest(session, "completed")
    tab = open_tab(arena.cookies).open_session(arena.server.url, session)
    box, hint = tab.page.locator("#say"), tab.page.locator("#say-hint")
    box.fill("a draft")
    tab.page.get_by_role("button", name="Edit and resend").press("Enter")
    expect(box).to_be_focused()
    expect(box).to_have_value(f"{DONE} once\na draft")
    expect(hint).to_contain_text("sent as a new message")
    assert not violations(tab.page)
    box.fill(f"{DONE} twice")
    box.press("Enter")
    expect(tab.page.locator(".message-text")).to_contain_text(["once", "twice"])
    expect(hint).not_to_contain_text("new message")
    arena.sessions.await_rest(session, "completed")
