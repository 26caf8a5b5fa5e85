from collections.abc import Iterator

from tests.browser.conftest import OpenTab
from tests.browser.shown import is_end, letters
from tests.faults.arena import Arena
from tests.naive_fold import Fields, text_of
from tests.process import until

SECONDS = 60
RATE = 400  # events/s
TURN_EVENTS = 100
# As a browser treats a tab that nobody sees: no animation frames, and timers once a
# second. What hides a tab for good, a browser without a screen does not have.
HIDEABLE = """
window.away = false;
Object.defineProperty(document, "hidden", {get: () => window.away});
const frame = window.requestAnimationFrame.bind(window);
const timer = window.setTimeout.bind(window);
const kept = [];
window.requestAnimationFrame = (act) => window.away ? kept.push(act) : frame(act);
window.setTimeout = (act, ms, ...given) =>
  timer(act, window.away ? Math.max(ms ?? 0, 1000) : ms, ...given);
window.hide = (yes) => {
  window.away = yes;
  if (!yes) kept.splice(0).forEach(frame);
  document.dispatchEvent(new Event("visibilitychange"));
};
"""
# What is in sight after the first painting, and after each of some more.
COME_BACK = """session => new Promise(done => {
  const shown = () => [...document.querySelectorAll(
    `.row.text[data-session="${session}"]`)].map(text => text.textContent).join("");
  const found = [];
  const look = () => {
    found.push(shown());
    if (found.length < 5) requestAnimationFrame(look); else done(found);
  };
  window.hide(false);
  requestAnimationFrame(look);
})"""


def test_a_tab_hidden_for_a_minute_at_full_rate_comes_back_whole_in_one_painting(
    arena: Arena, open_tab: OpenTab
) -> None:
    session = arena.sessions.queue("[scenario: long tokens=5 rate=0]")
    arena.sessions.await_rest(session, "completed")
    tab = open_tab(arena.cookies)
    tab.page.add_init_script(HIDEABLE)
    tab.open_session(arena.server.url, session)
    tab.is_connected()
    tab.page.evaluate("window.hide(true)")
    events = words()
    # As fast as they can be written: harder than a minute of the same.
    for _ in range(SECONDS):
        arena.extend(session, *(next(events) for _ in range(RATE)))
    head = arena.head(session)
    until(lambda: tab.cursor(session) == head)
    first, *later = tab.page.evaluate(COME_BACK, session)
    text = text_of(arena.sessions.events(session))
    assert tab.text(session) == text
    assert is_end(letters(first), letters(text))
    assert later == [first] * len(later)
    tab.is_connected()


def words() -> Iterator[Fields]:
    """Text that streams, a block after another."""
    for turn in range(10**6):
        block = f"m{turn}.0"
        yield {"type": "block_start", "block": block, "kind": "text"}
        text = ""
        for word in range(TURN_EVENTS - 2):
            delta = f"word {word} of **{turn}**, "
            at = len(text)
            yield {"type": "text_delta", "block": block, "offset": at, "delta": delta}
            text += delta
        yield {"type": "text", "block": block, "text": text}
