import re

from playwright.sync_api import expect

from tests.browser.axe import violations_by_scheme
from tests.browser.conftest import OpenTab
from tests.faults.arena import Arena
from tests.servers.process import until


def test_a_search_is_narrowed_and_followed_by_keys(
    arena: Arena, open_tab: OpenTab
) -> None:
    session = arena.sessions.queue("[scenario: long tokens=5 rate=0] Zanzibar")
    arena.sessions.await_rest(session, "completed")
    page = open_tab(arena.cookies, viewport={"width": 360, "height": 740}).page
    address = f"{arena.server.url}/search/?q=zanzibar"
    # What was written in the last seconds becomes searchable a little later.
    until(lambda: "1 place in 1 session" in page.request.get(address).text())
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.get_by_role("combobox", name="Status").select_option("failed")
    page.wait_for_url(re.compile("status=failed"))
    expect(page.locator(".empty")).to_contain_text("with these filters")
    page.get_by_role("combobox", name="Status").select_option("completed")
    page.wait_for_url(re.compile("status=completed"))
    assert violations_by_scheme(page) == []
    page.keyboard.press("j")
    expect(page.locator(".finds a").first).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(rf"/sessions/{session}/#e\d+"))
    page.goto(f"{arena.server.url}/search/")
    recent = page.locator(".recent-searches a").first
    expect(recent).to_have_text("zanzibar · completed")
    recent.click()
    page.wait_for_url(re.compile("q=zanzibar&status=completed"))
