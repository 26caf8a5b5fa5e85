from playwright.sync_api import expect

from tests.browser.axe import violations_by_scheme
from tests.browser.frame.framed_tab import FramedTab
from tests.faults.arena import Arena


def test_two_sessions_stand_side_by_side_and_each_is_written_to_by_keys(
    arena: Arena, framed: FramedTab, streaming: str, written: str
) -> None:
    page, keyboard = framed.page, framed.page.keyboard
    framed.load(f"/sessions/{written}/")
    framed.row(streaming).focus()
    keyboard.press("B")
    pane = page.locator(".pane")
    expect(pane.locator(f"[data-session={streaming}] .item").first).to_be_visible()
    assert page.url.endswith(f"/sessions/{written}/?beside={streaming}")
    assert violations_by_scheme(page) == []
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(each => each.id)")
    assert len(ids) == len(set(ids))
    framed.tab.page.locator("main .scroller").focus()
    keyboard.press("]")
    expect(pane.locator(".scroller")).to_be_focused()
    keyboard.press("c")
    keyboard.type("to the other one")
    expect(pane.locator("textarea").first).to_have_value("to the other one")
    expect(page.locator("main textarea")).to_have_value("")
    framed.tab.streams(streaming)  # the door is that of the pane in front

    page.go_back()
    expect(pane).to_have_count(0)
    page.go_forward()
    expect(pane.locator(".item").first).to_be_visible()
    page.set_viewport_size({"width": 900, "height": 800})
    expect(pane).to_have_count(0)
    page.set_viewport_size({"width": 1440, "height": 800})
    expect(pane.locator(".item").first).to_be_visible()
    expect(pane.locator("textarea").first).to_have_value("to the other one")
    assert page.evaluate("window.isSame") is True
    page.reload()
    expect(pane.locator(".item").first).to_be_visible()
    pane.get_by_role("button", name="Close this session").click()
    expect(pane).to_have_count(0)
    assert page.url.endswith(f"/sessions/{written}/")
