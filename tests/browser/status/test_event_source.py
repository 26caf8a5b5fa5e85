from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.conftest import OpenTab
from tests.faults.arena import AT_REST, Arena
from tests.servers.process import until

CUTS = 20
KILL_EVERY = 7  # cuts; then the server is killed, and not the connection alone
EVENTS_MIN = 4  # between two cuts
# Two sources, each with what it has dispatched, and how often it was opened.
READ = """() => {
  window.sources = {};
  window.follow = (name, address) => {
    const found = { lines: [], opens: 0, live: 0, isOver: false };
    const source = new EventSource(address);
    window.sources[name] = found;
    source.onopen = () => { found.opens += 1; };
    source.addEventListener("live", () => { found.live += 1; });
    source.onerror = () => { found.isOver = source.readyState === EventSource.CLOSED; };
    source.onmessage = ({ data }) => {
      const event = JSON.parse(data);
      found.lines.push([event.sessionId, event.seq]);
    };
  };
}"""


@pytest.fixture
def quick(any_arena: Arena) -> Iterator[Arena]:
    """An arena whose servers ask browsers to come back at once, from the next start."""
    name = "RINGSIDE_EVENT_STREAM_RETRY_S"
    any_arena.installation.env[name] = "0.05"
    any_arena.server.process.kill()
    any_arena.restart_server()
    yield any_arena
    del any_arena.installation.env[name]


def test_event_source_reads_a_tree_and_all_sessions_over_cuts_and_kills(
    quick: Arena, open_tab: OpenTab
) -> None:
    proxy, page = quick.proxy(), open_tab(quick.cookies).page
    page.goto(f"{proxy.url}/api/")
    page.evaluate(READ)

    def source(name: str) -> Any:
        return page.evaluate("name => window.sources[name]", name)

    def has_more(than: int) -> bool:
        grown = len(source("tree")["lines"]) >= than + EVENTS_MIN
        return grown or quick.sessions.status(session) in AT_REST

    page.evaluate("follow('all', '/api/v1/events')")
    until(lambda: source("all")["live"])
    session = quick.sessions.queue("[scenario: subagents rate=40]")
    address = f"/api/v1/sessions/{session}/events?tree=1"
    page.evaluate("address => follow('tree', address)", address)
    for cut in range(1, CUTS + 1):
        read = len(source("tree")["lines"])
        until(lambda n=read: has_more(n))  # type: ignore[misc]
        opens = source("tree")["opens"]
        if cut % KILL_EVERY == 0:
            quick.server.process.kill()
            quick.restart_server()
        else:
            proxy.cut()
        until(lambda n=opens: source("tree")["opens"] > n)  # type: ignore[misc]
    quick.end(session)
    log = {(id_, seq) for id_ in family(quick, session) for seq in seqs(quick, id_)}
    for name in ("tree", "all"):
        until(lambda one=name: log <= lines(source(one)))  # type: ignore[misc]
        found = source(name)
        assert found["opens"] > CUTS, name
        assert not found["isOver"], name
        assert len(found["lines"]) == len(lines(found)), f"{name}: a repeat"
        for id_ in family(quick, session):
            own = [seq for one, seq in found["lines"] if one == id_]
            assert own == sorted(own), name


def lines(source: Any) -> set[tuple[str, int]]:
    return {(id_, seq) for id_, seq in source["lines"]}


def family(arena: Arena, session: str) -> list[str]:
    below = arena.sessions.children(session)
    return [session, *(one for child in below for one in family(arena, child))]


def seqs(arena: Arena, session: str) -> list[int]:
    """The log as it is now; superseded deltas may be gone since they were read."""
    return [event["seq"] for event in arena.sessions.events(session)]
