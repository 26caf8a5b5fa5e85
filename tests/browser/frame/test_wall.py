from playwright.sync_api import expect

from tests.browser.axe import violations_by_scheme
from tests.browser.frame.framed_tab import FramedTab
from tests.faults.arena import Arena
from tests.servers.process import until


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
