from functools import partial

from tests.browser.conftest import OpenTab
from tests.browser.tab import PAINTED, Tab
from tests.faults.arena import Arena
from tests.naive_fold import Fields, text_of
from tests.servers.process import until

TURNS = 400
MOUNTED_MAX = 150
# The first item that is wholly in sight, and where it stands.
FIRST_IN_SIGHT = """() => {
  const top = document.querySelector(".scroller").getBoundingClientRect().top;
  const item = [...document.querySelectorAll(".item")].find(
    item => item.getBoundingClientRect().top >= top);
  return [item.textContent, item.getBoundingClientRect().top];
}"""
PLACE_OF = """text => [...document.querySelectorAll(".item")].find(
  item => item.textContent === text)?.getBoundingClientRect().top"""
TO_START = "document.querySelector('.scroller').scrollTop = 0"
COUNT = "() => document.querySelector('.timeline').getElementsByTagName('*').length"


def long_log(turns: int) -> list[Fields]:
    """Turns of a finished log, each with a text and a call of a tool."""
    return [event for turn in range(turns) for event in turn_of(turn)]


def turn_of(turn: int) -> list[Fields]:
    message, call = f"m{turn}", {"toolUseId": f"t{turn}", "tool": "read_file"}
    text = f"Turn **{turn}** says this.\n\n" + "And goes on. " * (turn % 40)
    result = {"output": "x", "isError": False, "durationMs": 1}
    return [
        {"type": "turn_start", "turn": turn, "messageId": message, "model": "m"},
        {"type": "text", "block": f"{message}.0", "text": text},
        {"type": "tool_use", "block": f"{message}.1", **call, "input": {"path": "a"}},
        {"type": "tool_result", **call, **result},
    ]


def long_session(arena: Arena) -> str:
    session = arena.sessions.queue("[scenario: long tokens=5 rate=0]")
    arena.sessions.await_rest(session, "completed")
    events = long_log(TURNS)
    for at in range(0, len(events), 100):
        arena.extend(session, *events[at : at + 100])
    return session


def has_grown(tab: Tab, session: str, before: int) -> bool:
    return len(tab.text(session)) > before


def test_a_long_session_opens_at_its_end_and_older_turns_come_on_scrolling_up(
    arena: Arena, open_tab: OpenTab
) -> None:
    session = long_session(arena)
    tab = open_tab(arena.cookies)
    tab.page.goto(f"{arena.server.url}/sessions/{session}/")
    until(lambda: f"Turn {TURNS - 1} says" in tab.shown(session))
    whole = text_of(arena.sessions.events(session))
    assert len(tab.text(session)) < len(whole) / 2
    while tab.text(session) != whole:
        before = len(tab.text(session))
        tab.page.evaluate(TO_START)
        tab.page.evaluate(PAINTED)
        text, place = tab.page.evaluate(FIRST_IN_SIGHT)
        until(partial(has_grown, tab, session, before))
        tab.page.evaluate(PAINTED)
        assert abs(tab.page.evaluate(PLACE_OF, text) - place) <= 2  # px are rounded
        assert mounted(tab) <= MOUNTED_MAX
    tab.page.evaluate(TO_START)
    until(lambda: "[scenario: long" in tab.page.inner_text(".timeline"))


def mounted(tab: Tab) -> int:
    return int(tab.page.evaluate(COUNT))
