"""Light and dark, high contrast, and density, on every page and every part."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations_by_scheme
from tests.browser.conftest import OpenTab
from tests.browser.legibility import faint_texts, small_texts, too_wide
from tests.browser.tab import Tab
from tests.conftest import Install
from tests.faults.arena import Arena
from tests.servers.background import Background
from tests.servers.stack import SQLITE

NORMAL, HIGH = 4.5, 7.0  # WCAG 2.2: 1.4.3 and 1.4.6
LETTERS_PX = 10.7  # of code amid small letters; all others are larger
PATHS = ("/", "/inbox/", "/wall/", "/search/?q=a", "/notifications/", "/api/")
HEIGHT = "document.querySelector('main').getBoundingClientRect().height"


def choose(page: Page, name: str, value: str) -> None:
    """Choose a look as a person does, by the button in the head."""
    page.get_by_role("button", name="Look").click()
    page.get_by_role("group", name=name).get_by_label(value).check()
    page.keyboard.press("Escape")


def modes(page: Page) -> Iterator[tuple[str, float]]:
    """Go through the themes and contrasts; yield each with its least contrast."""
    for contrast, least in (("as the system", NORMAL), ("high", HIGH)):
        choose(page, "Contrast", contrast)
        for theme in ("light", "dark"):
            choose(page, "Theme", theme)
            yield f"{theme}, {contrast}", least


@pytest.fixture
def tab(arena: Arena, open_tab: OpenTab) -> Tab:
    return open_tab(arena.cookies)


def test_every_text_has_the_contrast_of_its_mode(
    arena: Arena, asking: str, tab: Tab
) -> None:
    page = tab.page
    for path in (*PATHS, f"/sessions/{asking}/", f"/sessions/{asking}/transcript/"):
        page.goto(arena.server.url + path)
        if page.locator(".badge").count():
            tab.is_connected()
        for mode, least in modes(page):
            assert faint_texts(page, least) == [], (path, mode)


def test_compact_is_smaller_and_still_legible(
    arena: Arena, asking: str, tab: Tab
) -> None:
    page = tab.page
    page.goto(f"{arena.server.url}/inbox/")
    page.locator(".ask-card").first.wait_for()
    roomy = page.evaluate(HEIGHT)
    assert small_texts(page, LETTERS_PX) == []
    choose(page, "Density", "compact")
    assert page.evaluate(HEIGHT) < 0.97 * roomy
    for path in (*PATHS, f"/sessions/{asking}/"):
        page.goto(arena.server.url + path)
        expect(page.locator("html")).to_have_attribute("data-density", "compact")
        assert small_texts(page, LETTERS_PX) == [], path


def test_choices_are_kept_and_keys_change_them(arena: Arena, tab: Tab) -> None:
    page = tab.page
    page.goto(arena.server.url)
    html = page.locator("html")
    page.keyboard.press("Shift+H")
    page.keyboard.press("Shift+D")
    for _ in range(2):
        expect(html).to_have_attribute("data-contrast", "more")
        expect(html).to_have_attribute("data-density", "compact")
        page.goto(f"{arena.server.url}/search/")
    page.get_by_role("button", name="Look").click()
    high = page.get_by_role("group", name="Contrast").get_by_label("high")
    expect(high).to_be_checked()
    assert violations_by_scheme(page) == []


def test_the_systems_wish_for_contrast_is_met(arena: Arena, tab: Tab) -> None:
    page = tab.page
    for scheme in ("light", "dark"):
        page.emulate_media(
            contrast="more", color_scheme="dark" if scheme == "dark" else "light"
        )
        page.goto(f"{arena.server.url}/notifications/")
        assert faint_texts(page, HIGH) == [], scheme


def test_style_page_shows_every_part_legibly_in_every_mode(
    install: Install, background: Background, open_tab: OpenTab
) -> None:
    arena = Arena(install(SQLITE), background)
    arena.server = arena.installation.serve("--signin", "--no-runner", DEBUG="1")
    client = arena.server.first_sign_in()
    page = open_tab(dict(client.cookies)).page
    client.close()
    page.goto(f"{arena.server.url}/style/")
    expect(page.locator("h1").first).to_have_text("Style")
    for mode, least in modes(page):
        assert faint_texts(page, least) == [], mode
    for width in (320, 390, 1440):
        page.set_viewport_size({"width": width, "height": 800})
        assert too_wide(page) <= 0, width
    # One language: what is the same role has the same colour, wherever it stands.
    for one, other in ((".problem", ".errorlist"), (".hint", ".empty")):
        colours = [
            page.locator(each).first.evaluate("e => getComputedStyle(e).color")
            for each in (one, other)
        ]
        assert colours[0] == colours[1], one


def test_style_page_is_for_those_who_build_it(arena: Arena, tab: Tab) -> None:
    answer = tab.page.request.get(f"{arena.server.url}/style/")
    assert answer.status == 404
