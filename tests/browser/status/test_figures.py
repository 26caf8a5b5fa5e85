import re

from playwright.sync_api import expect

from tests.browser.conftest import OpenTab
from tests.faults.arena import Arena
from tests.servers.process import until


def test_a_session_opened_at_its_end_has_the_figures_of_all_of_it(
    arena: Arena, open_tab: OpenTab
) -> None:
    session = arena.sessions.queue("[scenario: coding rate=0]")
    arena.sessions.await_rest(session, "completed")
    filler = [{"type": "moon_phase", "moons": n} for n in range(500)]
    begin = {"type": "turn_start", "turn": 99, "messageId": "m99", "model": "m"}
    arena.extend(session, begin, *filler)
    tab = open_tab(arena.cookies)
    told = []
    # By its end, and from its start on.
    for query in ("", "?from=start"):
        tab.page.goto(f"{arena.server.url}/sessions/{session}/{query}")
        tab.is_connected()
        until(lambda: tab.cursor(session) == arena.head(session))
        tokens = tab.page.locator("[data-slot=tokens]")
        expect(tokens).to_have_text(re.compile(r"^[^ ]+ in, [^ ]+ out$"))
        expect(tokens).not_to_have_text("0 in, 0 out")
        told.append(tokens.text_content())
    assert told[0] == told[1]


def test_speed_and_context_are_told_while_they_mean_something(
    arena: Arena, open_tab: OpenTab
) -> None:
    tab = open_tab(arena.cookies)
    session = arena.endless()
    tab.open_session(arena.server.url, session)
    speed = tab.page.locator("[data-slot=speed]")
    expect(speed).to_have_text(re.compile(r"^about \d+ tokens/s$"))
    arena.stop(session)
    tab.says("idle")
    expect(speed).to_be_hidden()
    finished = arena.sessions.queue("[scenario: coding rate=0]")
    arena.sessions.await_rest(finished, "completed")
    tab.open_session(arena.server.url, finished)
    context = tab.page.locator("[data-slot=context]")
    expect(context).to_have_text(re.compile(r"^[\d.k]+ tokens$"))
