import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.conf import settings

from tests.browser.acks import Acks
from tests.browser.desktop import Desktop
from tests.browser.shown import is_end, letters
from tests.browser.tab import Tab
from tests.faults.arena import Arena
from tests.naive_fold import text_of
from tests.servers.process import until

# A tab is promised to sleep for a minute: so long it takes when asked for.
SECONDS = int(os.environ.get("RINGSIDE_HIDDEN_SECONDS", "10"))
SESSIONS = 10
RATE = 80  # events/s of each
TOKENS = 20_000  # more than they come to
# How often the tab was drawn, how often it drew what it shows, and, once it is seen
# again, what is in sight after each of its first frames: when all that was asked for
# the frame has been done. Beyond what is in sight, rows are mounted as a frame has time
# for them, after a busy one in the next: those do not count.
WITNESS = """session => {
  const seen = window.seen = {frames: 0, paintings: 0, back: []};
  const look = () => {
    const scroller = document.querySelector(".scroller");
    const {scrollTop, clientHeight, scrollHeight} = scroller;
    const {top} = scroller.getBoundingClientRect();
    const text = [...document.querySelectorAll(
      `.row.text[data-session="${session}"]`)].filter(
      text => text.getBoundingClientRect().bottom > top).map(
      text => text.textContent).join("");
    seen.back.push([text, scrollHeight, scrollHeight - scrollTop - clientHeight]);
  };
  const after = new MessageChannel();
  after.port1.onmessage = look;
  const frame = () => {
    seen.frames += 1;
    if (seen.isBack && seen.back.length < 5) after.port2.postMessage(null);
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  document.addEventListener("visibilitychange", () => {
    seen.isBack = !document.hidden;
    seen.frames = 0;
  });
  new MutationObserver(() => { seen.paintings += document.hidden; }).observe(
    document.querySelector(".timeline"),
    {childList: true, characterData: true, subtree: true});
}"""


class Writers:
    """Sessions that stream all at once."""

    def __init__(self, arena: Arena) -> None:
        many = ("--concurrency", f"{SESSIONS}")
        self._more = arena.installation.start("runagent", "--queue", *many)
        self._runners = [arena.runner, self._more]
        self._arena = arena
        self.sessions = [arena.stream(TOKENS, RATE) for _ in range(SESSIONS)]

    @contextmanager
    def held(self) -> Iterator[None]:
        """Nothing comes, though every session is still at work."""
        for runner in self._runners:
            runner.suspend()
        yield
        for runner in self._runners:
            runner.wake()

    def end(self) -> None:
        for runner in self._runners:
            runner.wake()
        for session in self.sessions:
            self._arena.end(session)
        self._more.end()


@pytest.fixture
def writers(arena: Arena) -> Iterator[Writers]:
    made = Writers(arena)
    yield made
    made.end()


def test_a_tab_hidden_at_full_rate_comes_back_whole_in_one_painting(
    arena: Arena, writers: Writers, desktop: Desktop
) -> None:
    writing = writers.sessions
    tab = desktop.open(arena.cookies)
    acks = Acks(tab.page)
    tab.open_session(arena.server.url, parent_of(arena, writing))
    tab.is_connected()
    for session in writing:
        tab.streams(session)
    tab.page.evaluate(WITNESS, writing[-1])
    desktop.cover()
    until(lambda: tab.page.evaluate("document.hidden"))
    heads = sum(map(arena.head, writing))
    tab.page.wait_for_timeout(SECONDS * 1000)
    came = sum(map(arena.head, writing)) - heads
    with writers.held():
        for session in writing:
            reads_all(tab, session, arena.head(session))
        # It had no frame of animation, and drew by the timer that it has instead.
        slept = tab.page.evaluate("window.seen")
        assert slept["frames"] == 0
        assert slept["paintings"] >= SECONDS // 4
        tab.page.bring_to_front()
        until(lambda: tab.page.evaluate("window.seen.back.length") == 5)
        (first, *later) = tab.page.evaluate("window.seen.back")
        shown, _, gap = first
        text = text_of(arena.sessions.events(writing[-1]))
        assert is_end(letters(shown), letters(text))
        assert gap < 2
        assert later == [first] * len(later)
        for session in writing:
            assert tab.text(session) == text_of(arena.sessions.events(session))
    assert came > SECONDS * SESSIONS * RATE / 2  # else it was no full rate
    # Awake or asleep it acknowledged what came, and nobody cut it off.
    assert acks.frames > acks.most_open
    assert acks.most_open < settings.OUTBOX_MAX_FRAMES // 8
    assert acks.sockets == 1


def reads_all(tab: Tab, session: str, head: int) -> None:
    until(lambda: tab.cursor(session) == head)


def parent_of(arena: Arena, children: list[str]) -> str:
    """A session at rest that has called others as its sub-agents."""
    parent = arena.sessions.queue("[scenario: long tokens=5 rate=0]")
    arena.sessions.await_rest(parent, "completed")
    for number, child in enumerate(children):
        call = {"toolUseId": f"t{number}", "tool": "spawn_agent"}
        given = {
            "type": "tool_use",
            "block": f"c0.{number}",
            "input": {"task": "Write"},
        }
        spawned = {"type": "agent_spawn", "childId": child, "task": "Write"}
        arena.extend(parent, {**call, **given}, {**call, **spawned})
    return parent
