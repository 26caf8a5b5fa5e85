from playwright.sync_api import WebSocket, expect

from tests.browser.axe import violations_by_scheme
from tests.browser.frame.framed_tab import FramedTab
from tests.faults.arena import Arena
from tests.naive_fold import text_of
from tests.servers.process import until

PAUSED_MS = 2_000  # a tile is paused a second after it went out of sight
QUIET_MS = 1_000


def test_the_wall_streams_puts_first_who_waits_and_is_entered_by_keys(
    arena: Arena, framed: FramedTab, streaming: str, asking: str
) -> None:
    page = framed.page
    framed.load("/inbox/")
    page.keyboard.press("W")
    tile = page.locator(f".tile[data-session={streaming}]")
    waits = page.locator(f".tile[data-session={asking}]")
    expect(tile.locator(".tile-text").last).to_be_visible()
    before = tile.inner_text()
    until(lambda: tile.inner_text() != before)
    expect(page.locator(".tile").first).to_have_attribute("data-session", asking)
    expect(waits.locator(".tile-ask")).to_contain_text("Approve?")
    assert violations_by_scheme(page) == []
    page.keyboard.press("ArrowRight")
    expect(waits).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(tile).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    framed.shows(asking)
    page.go_back()
    expect(waits).to_be_visible()
    assert page.evaluate("window.isSame") is True
    arena.stop(streaming)
    expect(tile.locator(".chip")).to_have_text("idle")
    expect(page.locator(".tile").last).to_have_attribute("data-session", streaming)


def test_a_tile_out_of_sight_costs_nothing_and_catches_up_when_seen(
    arena: Arena, framed: FramedTab, streaming: str
) -> None:
    page = framed.page
    brought: list[str] = []

    def notice(socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: brought.append(str(frame)))

    def streams() -> bool:
        """Whether the socket has brought events since this was asked last."""
        page.wait_for_timeout(50)  # meanwhile the frames are heard
        events = [frame for frame in brought if '"type":"events"' in frame]
        brought.clear()
        return any(streaming in frame for frame in events)

    page.on("websocket", notice)
    framed.load("/inbox/")
    page.keyboard.press("W")
    tile = page.locator(f".tile[data-session={streaming}]")
    expect(tile.locator(".tile-text").last).to_be_visible()
    until(streams)
    page.evaluate("""session => {
      document.querySelector('main').style.paddingBottom = '300vh';
      window.changes = 0;
      const tile = document.querySelector(`.tile[data-session=${session}]`);
      const see = () => { window.changes += 1 };
      const all = { childList: true, characterData: true, subtree: true };
      new MutationObserver(see).observe(tile, all);
    }""", streaming)  # fmt: skip
    scroller = "document.scrollingElement.scrollTop"
    page.evaluate(f"{scroller} = 1e6")
    page.wait_for_timeout(PAUSED_MS)
    streams()
    before = page.evaluate("window.changes")
    page.wait_for_timeout(QUIET_MS)
    assert not streams()  # no message, so no script
    assert page.evaluate("window.changes") == before  # nothing to paint
    log = arena.sessions.events(streaming, "text_delta")
    page.evaluate(f"{scroller} = 0")
    last = log[-1]["offset"]
    until(streams)
    shown = arena.sessions.events(streaming, "text_delta")[-1]
    assert shown["offset"] > last
    text = tile.locator(".tile-text").last
    until(lambda: text_of(arena.sessions.events(streaming))[-30:] in text.inner_text())
