from playwright.sync_api import expect

from tests.browser.conftest import OpenTab
from tests.faults.arena import Arena


def test_a_link_signs_in_once_and_signing_out_closes_open_pages(
    arena: Arena, open_tab: OpenTab
) -> None:
    url = arena.server.url
    link = arena.installation.manage("signin", "guest", "--create", "--base-url", url)
    tab, late = open_tab(), open_tab()
    tab.page.goto(link.strip())
    tab.page.get_by_role("button", name="Sign in as guest").click()
    tab.is_connected()
    late.page.goto(link.strip())
    expect(late.page.get_by_text("each link works once")).to_be_visible()
    other = tab.beside()
    other.page.goto(url)
    other.is_connected()
    tab.page.get_by_role("button", name="Sign out").click()
    expect(tab.page.get_by_role("heading", name="Sign in")).to_be_visible()
    other.is_connected("signed-out", within=5)
    expect(other.page.get_by_role("link", name="sign in again")).to_be_visible()
