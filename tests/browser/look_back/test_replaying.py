import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.axe import violations_by_scheme
from tests.browser.conftest import OpenTab
from tests.browser.tab import Tab
from tests.faults.arena import Arena
from tests.servers.process import until

ITEMS = """() => [...document.querySelectorAll(".timeline:not([hidden]) .item")].map(
  item => [`${item.dataset.session} ${item.dataset.row}`, item.textContent])"""
MOVE = """(scrubber, share) => {
  scrubber.value = Math.round(share * scrubber.max);
  scrubber.dispatchEvent(new Event("input", { bubbles: true }));
}"""
IS_REPLAYING = "document.querySelector('main').classList.contains('replaying')"


def items_of(tab: Tab) -> dict[str, set[str]]:
    """All that a timeline shows, by row."""
    shown: dict[str, set[str]] = {}
    for _ in tab.leaf_through():
        for row, text in tab.page.evaluate(ITEMS):
            # A replay has read all agents; live only those that were in sight count.
            # A message of a replay cannot be edited.
            text = re.sub(r"[\d.k]+ tokens", "tokens", text)
            shown.setdefault(row, set()).add(text.replace("Edit and resend", ""))
    return shown


def replay(tab: Tab) -> tuple[Locator, Locator]:
    """Begin a replay by key, and stop it; answers its bar and its scrubber."""
    tab.page.keyboard.press("r")
    bar = tab.page.get_by_role("region", name="Replay")
    expect(bar.get_by_role("button", name="Pause")).to_be_focused()
    tab.page.keyboard.press("Space")
    expect(bar.get_by_role("button", name="Play")).to_be_visible()
    return bar, bar.get_by_role("slider", name="Place in the replay")


@pytest.fixture
def agents(arena: Arena) -> str:
    """A finished session with sub-agents below sub-agents."""
    session = arena.sessions.queue("[scenario: subagents rate=0]")
    arena.sessions.await_rest(session, "completed")
    return session


def test_a_replay_that_was_moved_about_ends_as_the_timeline_itself(
    arena: Arena, agents: str, open_tab: OpenTab
) -> None:
    tab = open_tab(arena.cookies).open_session(arena.server.url, agents)
    tab.is_connected()
    whole = tab.text(agents)
    live = items_of(tab)
    bar, scrubber = replay(tab)
    for share in (0.6, 0.3, 0.8, 0.0):
        scrubber.evaluate(MOVE, share)
        assert whole.startswith(tab.text(agents))
    assert tab.text(agents) == ""
    assert violations_by_scheme(tab.page) == []
    scrubber.evaluate(MOVE, 1)
    expect(bar).to_contain_text("This is all of the log")
    assert tab.text(agents) == whole
    assert items_of(tab) == live
    bar.get_by_role("button", name="Back to live").click()
    expect(bar).to_be_hidden()
    assert not tab.page.evaluate(IS_REPLAYING)
    assert items_of(tab) == live


def test_a_replay_is_steered_by_keys_and_a_text_grows_in_it(
    arena: Arena, open_tab: OpenTab
) -> None:
    session = arena.sessions.queue("[scenario: long tokens=150 rate=60]")
    arena.sessions.await_rest(session, "completed")
    until(lambda: not arena.sessions.events(session, "text_delta"))  # swept
    tab = open_tab(arena.cookies).open_session(arena.server.url, session)
    tab.is_connected()
    whole = tab.text(session)
    bar, scrubber = replay(tab)
    keyboard = tab.page.keyboard
    keyboard.press("Home")
    assert tab.text(session) == ""
    scrubber.evaluate(MOVE, 0.5)
    half = tab.text(session)
    assert 0 < len(half) < len(whole)
    assert whole.startswith(half)
    keyboard.press("Space")
    until(lambda: len(tab.text(session)) > len(half))
    keyboard.press("Space")
    expect(bar.get_by_role("button", name="Play")).to_be_visible()
    keyboard.press("ArrowLeft")
    before = tab.text(session)
    assert len(before) < len(half)
    keyboard.press("ArrowRight")
    until(lambda: tab.text(session) == whole)
    keyboard.press("Home")
    for _ in range(4):
        keyboard.press(">")
    expect(bar.get_by_label("Speed")).to_have_value("16")
    keyboard.press("Space")
    expect(bar).to_contain_text("This is all of the log")
    assert tab.text(session) == whole
    keyboard.press("Escape")
    expect(bar).to_be_hidden()
    expect(tab.page.get_by_label("Message to the agent")).to_be_visible()


def test_an_outline_leads_through_a_replay(
    arena: Arena, agents: str, open_tab: OpenTab
) -> None:
    tab = open_tab(arena.cookies).open_session(arena.server.url, agents)
    tab.is_connected()
    _, scrubber = replay(tab)
    tab.page.keyboard.press("o")
    outline = tab.page.get_by_role("tree", name="Outline")
    agent = outline.get_by_role("treeitem").filter(has_text="Build the word counter")
    agent.click()
    expect(tab.page.locator(".item.target")).to_contain_text("Build the word")
    assert 0 < float(scrubber.input_value()) < float(scrubber.get_attribute("max") or 0)
    assert tab.page.evaluate(IS_REPLAYING)


def test_what_is_live_goes_on_behind_a_replay_of_it(
    arena: Arena, open_tab: OpenTab
) -> None:
    session = arena.endless()
    tab = open_tab(arena.cookies).open_session(arena.server.url, session)
    until(lambda: len(tab.text(session)) > 100)
    bar, _ = replay(tab)
    tab.page.keyboard.press("End")
    then = tab.text(session)
    head = tab.cursor(session)
    until(lambda: tab.cursor(session) > head)
    assert tab.text(session) == then
    bar.get_by_role("button", name="Back to live").click()
    until(lambda: len(tab.text(session)) > len(then))
    assert tab.text(session).startswith(then)
    arena.end(session)
