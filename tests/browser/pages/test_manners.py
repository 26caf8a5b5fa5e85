from typing import Literal

import pytest
from playwright.sync_api import expect

from tests.browser.axe import violations, violations_by_scheme
from tests.browser.conftest import OpenTab
from tests.browser.tab import Tab
from tests.faults.arena import Arena
from tests.servers.process import until

WIDTHS = {"narrow": 390, "wide": 1440}


def settle(tab: Tab) -> None:
    """Wait until nothing moves any more: axe would judge a colour on its way."""
    tab.page.evaluate("document.getAnimations().forEach(a => a.cancel())")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_breaks_a_rule_of_axe(
    arena: Arena, asking: str, open_tab: OpenTab, scheme: Literal["light", "dark"]
) -> None:
    tab, url = open_tab(arena.cookies), arena.server.url
    tab.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    paths = ["/", "/inbox/", f"/sessions/{asking}/", "/search/"]
    for path in [*paths, f"/sessions/{asking}/transcript/"]:
        for width in WIDTHS.values():
            tab.page.set_viewport_size({"width": width, "height": 800})
            tab.page.goto(url + path)
            if path in paths[:3]:
                tab.is_connected()
            if path in paths[1:3]:
                expect(tab.page.locator(".approval.open").first).to_be_visible()
            settle(tab)
            found = violations(tab.page)
            assert not found, f"{path} {width} px: {found}"
    tab.page.goto(url)
    tab.page.keyboard.press("?")
    expect(tab.page.get_by_role("dialog")).to_be_visible()
    assert violations(tab.page) == []
    stranger = open_tab()
    stranger.page.emulate_media(color_scheme=scheme)
    stranger.page.goto(url)
    assert violations(stranger.page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_state_of_a_page_breaks_a_rule_of_axe(
    arena: Arena, asking: str, open_tab: OpenTab, scheme: Literal["light", "dark"]
) -> None:
    tree = arena.sessions.queue("[scenario: subagents rate=0]")
    failed = arena.sessions.queue("[scenario: refusal rate=0]")
    arena.sessions.await_rest(tree, "completed")
    arena.sessions.await_status(failed, "failed")
    tab = open_tab(arena.cookies)
    page = tab.page
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")

    def visit(path: str) -> None:
        page.goto(arena.server.url + path)
        if page.locator(".badge").count():
            tab.is_connected()

    visit("/")
    page.locator(".start-more summary").click()
    page.locator("[data-act=family]:visible").first.click()
    page.locator("[data-act=labels]").first.click()
    expect(page.locator(".family li").first).to_be_visible()
    assert_no_violation(tab)
    visit("/?text=nothing+is+like+this")
    assert_no_violation(tab)
    visit("/inbox/")
    page.get_by_role("button", name="Edit", exact=True).first.click()
    expect(page.locator(".input-preview")).to_be_attached()
    assert_no_violation(tab)
    visit(f"/sessions/{tree}/?from=start")
    for _ in tab.leaf_through():
        tab.unfold(".disclosure[aria-expanded=false], .tool-head[aria-expanded=false]")
        assert_no_violation(tab)
    page.keyboard.press("/")
    page.keyboard.type("river")
    page.keyboard.press("Enter")
    assert_no_violation(tab)
    for path in (f"/sessions/{failed}/", f"/sessions/{tree}/share/", "/search/?q=the"):
        visit(path)
        assert_no_violation(tab)


def test_no_page_of_the_admin_that_is_in_our_colours_breaks_a_rule_of_axe(
    arena: Arena, open_tab: OpenTab
) -> None:
    # Its lists and forms are Django's, and break some that colours cannot mend.
    tab = open_tab(arena.cookies)
    for path in ("/admin/", "/admin/sessions_app/agentsession/costs/"):
        tab.page.goto(arena.server.url + path)
        assert violations_by_scheme(tab.page) == [], path


def assert_no_violation(tab: Tab) -> None:
    settle(tab)
    assert violations(tab.page) == [], tab.page.url


def test_the_theme_is_as_chosen_from_the_first_paint(
    arena: Arena, open_tab: OpenTab
) -> None:
    tab = open_tab(arena.cookies)
    tab.page.emulate_media(color_scheme="light")
    tab.page.goto(arena.server.url)
    root = tab.page.locator("html")
    tab.page.get_by_role("button", name="Look").click()
    theme_of = tab.page.get_by_role("group", name="Theme")
    for theme in ("light", "dark"):
        theme_of.get_by_label(theme).check()
        expect(root).to_have_attribute("data-theme", theme)
    dark = tab.page.evaluate(
        "getComputedStyle(document.documentElement).backgroundColor"
    )
    answer = tab.page.goto(arena.server.url)
    assert answer is not None
    assert '<html lang="en" data-theme="dark">' in answer.text()
    now = "getComputedStyle(document.documentElement).backgroundColor"
    assert tab.page.evaluate(now) == dark
    tab.page.keyboard.press("t")
    assert root.get_attribute("data-theme") is None
    assert tab.page.evaluate(now) != dark


def test_no_page_is_wider_than_the_window(
    arena: Arena, asking: str, open_tab: OpenTab
) -> None:
    tab = open_tab(arena.cookies)
    tab.page.set_viewport_size({"width": 320, "height": 700})
    for path in ("/", "/inbox/", f"/sessions/{asking}/", "/search/"):
        tab.page.goto(arena.server.url + path)
        wide = tab.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 320, path


def test_single_keys_can_be_turned_off_and_never_act_while_typing(
    arena: Arena, open_tab: OpenTab
) -> None:
    tab = open_tab(arena.cookies)
    keyboard, page = tab.page.keyboard, tab.page
    page.goto(arena.server.url)
    keyboard.press("c")
    ask = page.get_by_label("What is the agent to do?")
    expect(ask).to_be_focused()
    keyboard.type("i? /")
    expect(ask).to_have_value("i? /")
    page.locator("h1").evaluate("() => document.activeElement.blur()")
    keyboard.press("?")
    page.get_by_label("Single keys act").uncheck()
    page.get_by_role("button", name="Close").click()
    page.locator("h1").evaluate("() => document.activeElement.blur()")
    keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_without_scripts_a_session_can_be_read_and_started(
    arena: Arena, open_tab: OpenTab
) -> None:
    session = arena.sessions.queue("[scenario: coding rate=0]")
    arena.sessions.await_rest(session, "completed")
    page = open_tab(arena.cookies, java_script_enabled=False).page
    page.goto(f"{arena.server.url}/sessions/{session}/")
    page.get_by_role("link", name="transcript").click()
    told = arena.sessions.texts(session)
    expect(page.locator(".passage-text .said").last).to_have_text(told[-1])
    page.goto(arena.server.url)
    page.get_by_label("What is the agent to do?").fill(
        "[scenario: long tokens=5 rate=0]"
    )
    page.get_by_role("button", name="Start session").click()
    page.wait_for_url("**/sessions/s_*/")
    until(lambda: arena.sessions.status(page.url.split("/")[-2]) == "completed")
