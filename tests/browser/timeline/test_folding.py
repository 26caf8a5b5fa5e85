import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenTab
from tests.browser.tab import PAINTED, Tab
from tests.faults.arena import Arena
from tests.naive_fold import Fields

TO_START = "document.querySelector('.scroller').scrollTop = 0"
TO_END = "document.querySelector('.scroller').scrollTop = 1e9"


class Workshop:
    """A session whose calls a test begins and ends."""

    def __init__(self, arena: Arena, tab: Tab) -> None:
        self._arena = arena
        self._tab = tab
        self.session = arena.sessions.queue("[scenario: long tokens=5 rate=0]")
        arena.sessions.await_rest(self.session, "completed")
        tab.open_session(arena.server.url, self.session)
        tab.is_connected()

    def begin(self, name: str) -> Locator:
        """Say something, and call a tool that runs and writes; return its head."""
        given = {"toolUseId": name, "tool": "bash", "input": {"command": name}}
        self.extend(
            {"type": "text", "block": f"{name}.0", "text": f"Now {name}."},
            {"type": "tool_use", "block": f"{name}.1", **given},
        )
        self.write(name, 0)
        return self.head(name)

    def write(self, name: str, offset: int) -> None:
        delta = {"type": "tool_output_delta", "toolUseId": name, "delta": "more\n"}
        self.extend({**delta, "offset": offset})

    def end(self, name: str, *, is_error: bool = False) -> None:
        result = {"type": "tool_result", "toolUseId": name, "tool": "bash"}
        self.extend({**result, "output": "done", "isError": is_error, "durationMs": 1})

    def head(self, name: str) -> Locator:
        return self._tab.page.locator(".tool-head").filter(has_text=name)

    def extend(self, *events: Fields) -> None:
        self._arena.extend(self.session, *events)


@pytest.fixture
def tab(arena: Arena, open_tab: OpenTab) -> Tab:
    return open_tab(arena.cookies)


def is_open(head: Locator, yes: bool) -> None:
    expect(head).to_have_attribute("aria-expanded", "true" if yes else "false")


def test_what_runs_is_open_what_is_done_folds_and_errors_stay(
    arena: Arena, tab: Tab
) -> None:
    workshop = Workshop(arena, tab)
    good = workshop.begin("good")
    is_open(good, True)
    workshop.end("good")
    is_open(good, False)
    bad = workshop.begin("bad")
    is_open(bad, True)
    workshop.end("bad", is_error=True)
    is_open(workshop.begin("last"), True)  # so the result before it has been shown
    is_open(bad, True)


def test_what_a_hand_has_opened_or_folded_stays_so_for_good(
    arena: Arena, tab: Tab
) -> None:
    workshop = Workshop(arena, tab)
    shut = workshop.begin("shut")
    is_open(shut, True)
    shut.click()
    is_open(shut, False)
    kept = workshop.begin("kept")
    is_open(kept, True)
    kept.click()
    kept.click()
    workshop.write("shut", 5)
    workshop.end("kept")
    is_open(workshop.begin("last"), True)
    is_open(shut, False)
    is_open(kept, True)
    # Far from sight its elements go, and what a hand has chosen stays.
    filler = "A paragraph.\n\n" * 200
    workshop.extend({"type": "text", "block": "f.0", "text": filler})
    workshop.end("shut", is_error=True)
    tab.page.evaluate(TO_END)
    expect(kept).to_have_count(0)
    for _ in range(3):
        tab.page.evaluate(TO_START)
        tab.page.evaluate(PAINTED)
    is_open(kept, True)
    is_open(shut, False)
    tab.page.reload()  # history is read with fresh eyes
    tab.is_connected()
    tab.page.evaluate(TO_START)
    is_open(kept, False)
    is_open(shut, True)
