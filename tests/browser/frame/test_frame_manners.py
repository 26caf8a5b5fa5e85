from statistics import median

from playwright.sync_api import CDPSession, WebSocket, expect

from tests.browser.axe import violations_by_scheme
from tests.browser.conftest import OpenTab
from tests.browser.frame.framed_tab import FramedTab
from tests.browser.shifts import Shifts
from tests.faults.arena import Arena
from tests.servers.process import until

PARKED_MAX = 6  # as in frame/parked_pages.ts
BRIEF = "[scenario: long tokens=20 rate=0] Session {}"
LISTENERS = "getEventListeners(document).keydown.length"
# From the click until the other session's rows are painted.
SWITCH_MS = """session => new Promise(done => {
  const began = performance.now();
  document.querySelector(`.sidebar-row[data-session=${session}]`).click();
  const look = () => document.querySelector(`main[data-session=${session}] .item`)
    ? setTimeout(() => done(performance.now() - began))
    : requestAnimationFrame(look);
  look();
})"""
# The same of a page that is loaded: its time starts with the navigation.
LOADED_MS = """() => new Promise(done => {
  const look = () => document.querySelector('main .item')
    ? setTimeout(() => done(performance.now())) : requestAnimationFrame(look);
  look();
})"""


def keydown_listeners(devtools: CDPSession) -> int:
    found = devtools.send(
        "Runtime.evaluate", {"expression": LISTENERS, "includeCommandLineAPI": True}
    )
    return int(found["result"]["value"])


def test_pages_left_long_ago_are_released_and_switching_beats_a_reload(
    arena: Arena, framed: FramedTab
) -> None:
    sockets: list[WebSocket] = []
    framed.page.on("websocket", lambda socket: sockets.append(socket))
    sessions = [arena.sessions.queue(BRIEF.format(i)) for i in range(PARKED_MAX + 5)]
    for session in sessions:
        arena.sessions.await_rest(session, "completed")
    framed.load(f"/sessions/{sessions[0]}/")
    devtools = framed.page.context.new_cdp_session(framed.page)
    took: list[float] = []
    counts: list[int] = []
    for session in sessions[1:]:
        expect(framed.row(session)).to_be_visible()
        took.append(framed.page.evaluate(SWITCH_MS, session))
        framed.shows(session)
        counts.append(keydown_listeners(devtools))
    # One more page alive, as many more listeners: until they are as many as may be.
    assert counts[0] < counts[PARKED_MAX - 1] == counts[PARKED_MAX] == counts[-1]
    most = (
        1 + PARKED_MAX + 1
    )  # the list's, those of parked pages, that of the shown one
    until(lambda: sum(not socket.is_closed() for socket in sockets) == most)
    back = [framed.page.evaluate(SWITCH_MS, each) for each in sessions[-2:-6:-1]]
    loaded: list[float] = []
    for session in sessions[:4]:
        framed.page.goto(f"{framed.url}/sessions/{session}/")
        loaded.append(framed.page.evaluate(LOADED_MS))
    figures = f"switch {took}, back {back}, reload {loaded}"
    assert median(took) < median(loaded), figures
    assert median(back) < median(took), figures


def test_the_frame_breaks_no_rule_of_axe_and_nothing_in_it_shifts(
    arena: Arena, framed: FramedTab, asking: str, written: str
) -> None:
    shifts = Shifts(framed.page)
    framed.load(f"/sessions/{written}/")
    expect(framed.row(asking)).to_be_visible()
    framed.page.wait_for_timeout(700)
    # The state of the connection is said in words, whose width is their own.
    assert [s for s in shifts.all if s[2] != ["SPAN badge"]] == []
    framed.switch(asking)
    assert violations_by_scheme(framed.page) == []


def test_on_a_phone_the_sessions_are_a_sheet(
    arena: Arena, open_tab: OpenTab, asking: str, written: str
) -> None:
    phone = FramedTab(
        open_tab(arena.cookies, viewport={"width": 360, "height": 740}), arena
    )
    page = phone.page
    phone.load(f"/sessions/{written}/")
    wide = "document.documentElement.scrollWidth"
    assert page.evaluate(wide) == 360
    sheet = page.locator(".sidebar")
    expect(sheet).to_be_hidden()
    page.get_by_role("button", name="Show the sessions").click()
    expect(sheet).to_be_visible()
    assert violations_by_scheme(page) == []
    phone.switch(asking)
    expect(sheet).to_be_hidden()
    assert page.evaluate(wide) == 360
    page.keyboard.press("b")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
