from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import CDPSession

from tests.browser.conftest import OpenTab
from tests.browser.held_frames import HOLD_FRAMES
from tests.browser.tab import PAINTED, Tab
from tests.faults.arena import Arena
from tests.servers.process import until

NEAR_PX = 80
BURST_FRAMES = 8
LEAVE_PX = 300
LED_AWAY = f"""() => {{
  document.querySelector(".scroller").scrollTop -= {LEAVE_PX};
  window.letGo();
}}"""
GAP = """() => {
  const { scrollHeight, scrollTop, clientHeight } = document.querySelector(".scroller");
  return scrollHeight - scrollTop - clientHeight;
}"""
BOX = """() => {
  const { left, right, top, bottom } =
    document.querySelector(".scroller").getBoundingClientRect();
  return [left, right, top, bottom];
}"""
# The text of an item in the middle of what is in sight, and where it stands.
MIDDLE = """() => {
  const box = document.querySelector(".scroller").getBoundingClientRect();
  const middle = (box.top + box.bottom) / 2;
  const item = [...document.querySelectorAll(".item")].find(
    item => item.getBoundingClientRect().bottom >= middle);
  window.middle = item;
  return item.getBoundingClientRect().top;
}"""
SHIFT_MAX_PX = 8  # less than half a line; a browser rounds while text pours in
MIDDLE_NOW = "() => window.middle.getBoundingClientRect().top"


@pytest.fixture
def streaming(arena: Arena, open_tab: OpenTab) -> Iterator[Tab]:
    """A tab on a session that streams, with more text than is in sight."""
    session = arena.stream(tokens=20_000, rate=300)
    tab = open_tab(arena.cookies).open_session(arena.server.url, session)
    tab.is_connected()
    until(lambda: tab.page.evaluate("window.ringside.text", session).count("\n") > 25)
    yield tab
    arena.stop(session)


def gap(tab: Tab) -> float:
    return float(tab.page.evaluate(GAP))


def grows(tab: Tab) -> None:
    """Wait until more of the session has been painted."""
    session = tab.page.url.split("/sessions/")[1].split("/")[0]
    before = len(tab.text(session))
    until(lambda: len(tab.text(session)) > before + 200)
    tab.page.evaluate(PAINTED)


def is_at_end(tab: Tab) -> None:
    until(lambda: gap(tab) < 2)


def follows(tab: Tab) -> None:
    is_at_end(tab)
    grows(tab)
    is_at_end(tab)


def stands(tab: Tab) -> bool:
    """Whether the list stands still for a moment: a flick moves it for longer."""
    place = tab.page.evaluate(MIDDLE)
    grows(tab)
    return bool(abs(tab.page.evaluate(MIDDLE_NOW) - place) < 2)


def stays_away(tab: Tab) -> None:
    """Whoever has left stays where he is, whatever comes below."""
    until(lambda: gap(tab) > NEAR_PX)
    until(lambda: stands(tab))
    place = tab.page.evaluate(MIDDLE)
    grows(tab)
    assert abs(tab.page.evaluate(MIDDLE_NOW) - place) <= SHIFT_MAX_PX
    assert gap(tab) > NEAR_PX
    assert tab.page.get_by_role("button", name="Jump to latest").is_visible()


def by_wheel(tab: Tab) -> None:
    left, right, top, bottom = tab.page.evaluate(BOX)
    tab.page.mouse.move((left + right) / 2, (top + bottom) / 2)
    # Each is less than the 80 px within which a page follows.
    for _ in range(25):
        tab.page.mouse.wheel(0, -12)


def by_keys(tab: Tab) -> None:
    tab.page.locator(".scroller").focus()
    tab.page.keyboard.press("PageUp")


def by_touch(tab: Tab) -> None:
    client: CDPSession = tab.page.context.new_cdp_session(tab.page)
    left, right, top, bottom = tab.page.evaluate(BOX)
    x, y = (left + right) / 2, (top + bottom) / 2

    def touch(kind: str, *points: dict[str, float]) -> None:
        event = {"type": kind, "touchPoints": list(points)}
        client.send("Input.dispatchTouchEvent", event)

    touch("touchStart", {"x": x, "y": y})
    for step in range(1, 31):
        touch("touchMove", {"x": x, "y": y + 10 * step})
    touch("touchEnd")


def by_scroll_bar(tab: Tab) -> None:
    _, right, top, bottom = tab.page.evaluate(BOX)
    x, y = right - 6, bottom - 30
    tab.page.mouse.move(x, y)
    tab.page.mouse.down()
    # Slowly: each move is less than the 80 px within which a page follows.
    while gap(tab) < LEAVE_PX and y > top:
        y -= 2
        tab.page.mouse.move(x, y)
        tab.page.evaluate(PAINTED)
    tab.page.mouse.up()


@pytest.mark.parametrize("leave", [by_wheel, by_keys, by_touch, by_scroll_bar])
def test_a_reader_leaves_the_end_while_text_pours_in(
    streaming: Tab, leave: Callable[[Tab], None]
) -> None:
    follows(streaming)
    leave(streaming)
    stays_away(streaming)


def test_a_reader_a_little_above_the_end_is_taken_along(streaming: Tab) -> None:
    follows(streaming)
    streaming.page.evaluate("document.querySelector('.scroller').scrollTop -= 50")
    follows(streaming)


def test_who_comes_back_to_the_end_is_taken_along(streaming: Tab) -> None:
    for back in ("End", "click"):
        by_keys(streaming)
        stays_away(streaming)
        if back == "End":
            streaming.page.keyboard.press("End")
        else:
            streaming.page.get_by_role("button", name="Jump to latest").click()
        follows(streaming)


@pytest.fixture
def bursting(arena: Arena, open_tab: OpenTab) -> Iterator[Tab]:
    """A narrow tab, so that what it is told at once is high."""
    tab = open_tab(arena.cookies)
    tab.page.set_viewport_size({"width": 360, "height": 700})
    tab.page.add_init_script(HOLD_FRAMES)
    session = arena.stream(tokens=60_000, rate=1000)
    tab.open_session(arena.server.url, session)
    tab.is_connected()
    yield tab
    arena.stop(session)


def holds_a_burst(tab: Tab) -> None:
    """Keep from the page what comes, until that is a lot."""
    tab.page.evaluate("window.isHeld = true")
    until(lambda: tab.page.evaluate("window.held.length") > BURST_FRAMES)


def test_a_burst_within_a_frame_is_followed(bursting: Tab) -> None:
    """It is higher than what is near the end, and nothing of it has been laid out."""
    for _ in range(3):
        follows(bursting)
        holds_a_burst(bursting)
        bursting.page.evaluate("window.letGo()")
    follows(bursting)


def test_who_is_led_away_by_the_browser_is_not_pulled_back_by_a_burst(
    bursting: Tab,
) -> None:
    """Its find, or Tab, moves the list at once, and tells of it with the next frame."""
    follows(bursting)
    holds_a_burst(bursting)
    bursting.page.evaluate(LED_AWAY)
    stays_away(bursting)


def test_sending_a_long_message_does_not_end_following(
    arena: Arena, open_tab: OpenTab
) -> None:
    """What waits below the list goes in the frame in which the message comes to it."""
    tab = open_tab(arena.cookies)
    session = arena.stream(tokens=20_000, rate=100)
    tab.open_session(arena.server.url, session)
    tab.streams(session)
    until(lambda: tab.page.evaluate("window.ringside.text", session).count("\n") > 25)
    tab.page.get_by_role("button", name="Interrupt").click()
    tab.says("idle")
    is_at_end(tab)
    message = "\n".join(f"line {number}" for number in range(10))
    tab.page.get_by_label("Message to the agent").fill(message)
    is_at_end(tab)
    tab.page.locator("[data-act=send]").click()
    follows(tab)
    arena.stop(session)
