import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenTab
from tests.browser.shifts import Shifts
from tests.browser.tab import PAINTED, Tab
from tests.faults.arena import Arena
from tests.servers.process import until

SIZES = {
    "narrow": {"width": 390, "height": 720},
    "wide": {"width": 1440, "height": 800},
}
SCORE_MAX = 0.02
# Words in the page's head become longer as they come to be known.
SCORE_OF_HEAD_MAX = 0.006
OPENINGS = 3  # a page that gets no processor for long shows its beginning first
QUIET = """() => new Promise((done) => setTimeout(
  () => requestAnimationFrame(() => done(null)), 300))"""
TOPS = """(card) => [...document.querySelectorAll(".item")].map(
  (item) => [item.dataset.row, item.getBoundingClientRect().top])"""


@pytest.fixture(params=SIZES)
def tab(
    request: pytest.FixtureRequest, arena: Arena, open_tab: OpenTab
) -> tuple[Tab, Shifts]:
    opened = open_tab(arena.cookies, viewport=SIZES[request.param])
    return opened, Shifts(opened.page)


def test_the_pages_that_list_do_not_shift(
    arena: Arena, asking: str, tab: tuple[Tab, Shifts]
) -> None:
    opened, shifts = tab
    for path in ("/", "/inbox/", "/search/?q=amount"):
        opened.page.goto(arena.server.url + path)
        if opened.page.locator(".badge").count():
            opened.is_connected()
        if path == "/inbox/":
            expect(opened.page.locator(".approval.open").first).to_be_visible()
        opened.page.evaluate(QUIET)
        assert shifts.score < SCORE_OF_HEAD_MAX, (path, shifts.all)


def test_a_session_opened_at_its_end_does_not_shift(
    arena: Arena, tab: tuple[Tab, Shifts]
) -> None:
    opened, shifts = tab
    session = arena.sessions.queue("[scenario: coding rate=0]")
    arena.sessions.await_rest(session, "completed")
    opened.page.goto(f"{arena.server.url}/sessions/{session}/")
    opened.is_connected()
    expect(opened.page.locator(".outcome")).to_be_visible()
    opened.page.evaluate(QUIET)
    assert shifts.score < SCORE_OF_HEAD_MAX, shifts.all


def test_a_session_that_is_followed_as_it_writes_does_not_shift(
    arena: Arena, tab: tuple[Tab, Shifts]
) -> None:
    opened, shifts = tab
    session = arena.stream(tokens=20_000, rate=200)
    opened.page.goto(f"{arena.server.url}/sessions/{session}/")
    opened.is_connected()
    # So much that what came first has long left what is mounted.
    until(lambda: opened.text(session).count("\n") > 40)
    assert opened.page.evaluate("document.querySelector('.scroller').scrollTop") > 500
    arena.stop(session)
    opened.says("idle")
    opened.page.evaluate(QUIET)
    assert shifts.score < SCORE_MAX, shifts.all


def test_the_buttons_of_a_question_do_not_slip_away(
    arena: Arena, asking: str, tab: tuple[Tab, Shifts]
) -> None:
    opened, shifts = tab
    scores = []
    for _ in range(OPENINGS):
        opened.page.goto(f"{arena.server.url}/sessions/{asking}/")
        expect(opened.page.locator(".approval.open").first).to_be_visible()
        opened.is_connected()
        opened.page.evaluate(QUIET)
        scores.append(shifts.score)
    assert min(scores) < SCORE_OF_HEAD_MAX, shifts.all


def test_a_question_that_comes_while_one_watches_shifts_nothing(
    arena: Arena, tab: tuple[Tab, Shifts]
) -> None:
    opened, shifts = tab
    session = arena.sessions.queue("[scenario: coding rate=200]", "default")
    opened.open_session(arena.server.url, session)
    expect(opened.page.locator(".approval.open").first).to_be_visible()
    opened.says("waiting")
    opened.page.evaluate(QUIET)
    assert shifts.score < SCORE_MAX, shifts.all
    arena.end(session)


def test_a_card_that_is_folded_stays_where_it_is_and_so_does_all_above_it(
    arena: Arena, tab: tuple[Tab, Shifts]
) -> None:
    opened, _ = tab
    session = arena.sessions.queue("[scenario: coding rate=0]")
    arena.sessions.await_rest(session, "completed")
    opened.open_session(arena.server.url, session)
    opened.is_connected()
    opened.page.evaluate("document.querySelector('.scroller').scrollTop = 0")
    opened.page.evaluate(QUIET)
    card = opened.page.locator(".tool:not([data-state=failed]) > .tool-head").first
    for is_open in ("true", "false"):
        above = tops_to(opened, card.evaluate("head => head.parentElement.dataset.row"))
        card.click()
        expect(card).to_have_attribute("aria-expanded", is_open)
        opened.page.evaluate(QUIET)
        row = card.evaluate("head => head.parentElement.dataset.row")
        assert tops_to(opened, row) == above


def tops_to(tab: Tab, row: str) -> list[tuple[str, float]]:
    """Where the rows stand, to that one."""
    tops = [(name, top) for name, top in tab.page.evaluate(TOPS)]
    return tops[: [name for name, _ in tops].index(row) + 1]


def test_no_font_and_no_image_comes_late(arena: Arena, tab: tuple[Tab, Shifts]) -> None:
    opened, _ = tab
    session = arena.sessions.queue("[scenario: markdown rate=0]")
    arena.sessions.await_rest(session, "completed")
    opened.open_session(arena.server.url, session)
    opened.is_connected()
    for _ in opened.leaf_through():
        assert opened.page.locator("main img").count() == 0
    opened.page.evaluate(PAINTED)
    assert opened.page.evaluate("document.fonts.size") == 0
