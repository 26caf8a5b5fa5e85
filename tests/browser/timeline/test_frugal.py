"""What a token costs a page: its own line, and nothing beside it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenTab
from tests.browser.tab import Tab
from tests.faults.arena import Arena
from tests.servers.process import until

# All that changes in the page, by the part that it is in, or as element and attribute.
NOTE_CHANGES = """() => {
  window.changed = new Set();
  const parts = {text: ".item", list: ".timeline", figures: ".meter"};
  const partOf = ({target, attributeName}) => {
    const element = target instanceof Element ? target : target.parentElement;
    const part = Object.keys(parts).find(part => element?.closest(parts[part]));
    return part ?? `${element?.tagName}.${element?.className} ${attributeName}`;
  };
  new MutationObserver(records => {
    for (const record of records) window.changed.add(partOf(record));
  }).observe(document, {
    subtree: true, childList: true, characterData: true, attributes: true});
}"""
# How often what is in sight is measured.
COUNT_MEASURES = """() => {
  window.measured = 0;
  const measure = Element.prototype.getBoundingClientRect;
  Element.prototype.getBoundingClientRect = function () {
    window.measured += this.className === "slice";
    return measure.call(this);
  };
}"""
MEASURES = "[window.measured, document.querySelector('.scroller').scrollHeight]"
LINE_PX = 23
PARAGRAPHS = 6
MOVING = """() => document.getAnimations()
  .filter(({effect}) => effect.getTiming().iterations === Infinity)
  .map(({effect}) => `${effect.target.className} ${effect.pseudoElement}`)"""


@pytest.fixture
def session(arena: Arena) -> Iterator[str]:
    session = arena.stream(tokens=20_000, rate=80)
    yield session
    arena.stop(session)


@pytest.fixture
def streaming(arena: Arena, open_tab: OpenTab, session: str) -> Tab:
    """A tab on a session that streams, with more text than is in sight."""
    tab = open_tab(arena.cookies).open_session(arena.server.url, session)
    tab.is_connected()
    comes(tab, session, paragraphs=10)
    return tab


def comes(tab: Tab, session: str, paragraphs: int) -> None:
    """Wait until so many more paragraphs have come."""
    before = tab.text(session).count("\n\n")
    until(lambda: tab.text(session).count("\n\n") >= before + paragraphs)


def test_what_streams_changes_its_text_and_the_figures_alone(
    streaming: Tab, session: str
) -> None:
    streaming.page.evaluate(NOTE_CHANGES)
    comes(streaming, session, PARAGRAPHS)
    changed = set(streaming.page.evaluate("[...window.changed]"))
    assert changed <= {"text", "list", "figures"}
    assert "text" in changed


def test_a_running_session_moves_nothing_but_its_text(
    arena: Arena, streaming: Tab
) -> None:
    """All that lies between two things that change is composed anew, in each frame."""
    page = streaming.page
    expect(page.locator(".chip[data-status=running]").first).to_be_visible()
    assert page.evaluate(MOVING) == []
    page.goto(arena.server.url)
    expect(page.locator(".chip[data-status=running]").first).to_be_visible()
    assert page.evaluate(MOVING) == []


def test_the_list_is_measured_with_a_new_line_not_with_each_token(
    streaming: Tab, session: str
) -> None:
    """To measure is to lay out now, and once more for the frame."""
    page = streaming.page
    page.evaluate(COUNT_MEASURES)
    (_, before) = page.evaluate(MEASURES)
    comes(streaming, session, PARAGRAPHS)
    measured, height = page.evaluate(MEASURES)
    # Now and then twice: a new paragraph's height is guessed first.
    assert 0 < measured < 3 * (height - before) / LINE_PX
