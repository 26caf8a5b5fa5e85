"""What a token costs a page: its own line, and nothing beside it."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from tests.browser.conftest import OpenTab
from tests.browser.tab import Tab
from tests.faults.arena import Arena
from tests.process import until

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
PARAGRAPHS = 6
# Elements and texts: a browser counts both where it seeks styles.
COUNT = """() => {
  const walker = document.createTreeWalker(
    document, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  let count = 0;
  while (walker.nextNode()) count += 1;
  return count;
}"""


@pytest.fixture
def session(arena: Arena) -> Iterator[str]:
    # So slow that no two paragraphs come in one painting, whoever has the processor.
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


def test_paragraphs_that_come_do_not_give_all_a_new_style(
    streaming: Tab, session: str
) -> None:
    restyled = [event["args"]["elementCount"] for event in traced(streaming, session)]
    half = streaming.page.evaluate(COUNT) / 2
    assert restyled
    assert len([count for count in restyled if count > half]) < PARAGRAPHS / 2


def traced(tab: Tab, session: str) -> list[dict[str, Any]]:
    """Answer when the browser sought styles while paragraphs came, and for how much."""
    browser = tab.page.context.browser
    assert browser is not None
    browser.start_tracing(page=tab.page, categories=["devtools.timeline"])
    comes(tab, session, PARAGRAPHS)
    events = msgspec.json.decode(browser.stop_tracing())["traceEvents"]
    return [event for event in events if event["name"] == "UpdateLayoutTree"]
