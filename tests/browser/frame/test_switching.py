from playwright.sync_api import expect

from tests.browser.conftest import OpenTab
from tests.browser.frame.framed_tab import WIDE, FramedTab
from tests.browser.shown import assert_shows_the_log
from tests.faults.arena import Arena
from tests.naive_fold import text_of


def test_switching_keeps_place_and_draft_and_misses_no_event(
    arena: Arena, framed: FramedTab, streaming: str, written: str
) -> None:
    page, tab = framed.page, framed.tab
    framed.load(f"/sessions/{written}/")
    place = framed.scroll(300)
    page.locator("#say").fill("half a thought")
    framed.switch(streaming)
    tab.streams(streaming)
    framed.switch(written)
    row, offset = framed.place()
    assert (row, round(offset)) == (place[0], round(place[1]))
    expect(page.locator("#say")).to_have_value("half a thought")
    expect(page.locator("#say")).to_be_focused()
    # What came meanwhile has been read by the parked page: no network is needed now.
    arena.stop(streaming)
    expect(framed.row(streaming)).to_have_attribute("data-state", "idle")
    text = text_of(arena.sessions.events(streaming))
    page.wait_for_timeout(500)
    page.context.set_offline(True)
    framed.switch(streaming)
    assert tab.text(streaming) == text
    page.context.set_offline(False)
    tab.is_connected()
    assert_shows_the_log(tab, arena, streaming)


def test_back_forward_and_reload_come_to_the_same_places(
    arena: Arena, framed: FramedTab, streaming: str, written: str
) -> None:
    page = framed.page
    framed.load("/")
    page.locator(f"main [data-session={written}] .row-title").click()
    framed.shows(written)
    place = framed.scroll(300)
    framed.switch(streaming)
    page.go_back()
    framed.shows(written)
    assert framed.place()[0] == place[0]
    page.go_back()
    expect(page.locator("main[data-page=list]")).to_be_visible()
    expect(page).to_have_title("Sessions · Ringside")
    page.go_forward()
    framed.shows(written)
    assert framed.place()[0] == place[0]
    page.go_forward()
    framed.shows(streaming)
    page.goto(f"{framed.url}/sessions/{written}/#e1")
    page.go_back()
    framed.tab.is_connected()
    page.reload()
    framed.tab.streams(streaming)
    assert page.url == f"{framed.url}/sessions/{streaming}/"


def test_what_a_person_may_not_see_is_loaded_as_an_error_page_or_a_sign_in(
    arena: Arena, open_tab: OpenTab, written: str
) -> None:
    framed = FramedTab(open_tab(viewport=WIDE), arena)
    page, url = framed.page, framed.url
    link = arena.installation.manage("signin", "guest", "--create", "--base-url", url)
    page.goto(link.strip().splitlines()[-1])
    page.get_by_role("button", name="Sign in as guest").click()
    page.wait_for_url(f"{url}/")
    ((guest,),) = arena.installation.rows(
        "SELECT id FROM auth_user WHERE username = 'guest'"
    )
    arena.sessions.set(written, owner_id=guest)
    framed.load("/")
    expect(framed.row(written)).to_be_visible()
    arena.sessions.set(written, owner_id=None)
    framed.row(written).click()
    expect(page.locator("h1")).to_have_text("Not found")
    # In place and then loaded: the browser notes both.
    assert all("404" in complaint for complaint in framed.tab.complaints)
    framed.tab.complaints.clear()
    page.go_back()
    framed.tab.is_connected()
    page.context.clear_cookies()
    page.keyboard.press("i")
    page.wait_for_url("**/signin/?next=/inbox/")


def test_the_keys_go_through_the_sessions(
    framed: FramedTab, streaming: str, written: str, asking: str
) -> None:
    page = framed.page
    framed.load("/inbox/")
    expect(framed.row(asking).locator(".count")).to_have_text("1")
    page.keyboard.press("w")
    framed.shows(asking)
    expect(framed.row(asking)).to_have_attribute("aria-current", "page")
    page.keyboard.press("j")
    framed.shows(streaming)
    page.keyboard.press("k")
    framed.shows(asking)
    page.keyboard.press("?")
    expect(page.locator("dialog.help")).to_contain_text("next session that waits")
    page.keyboard.press("Escape")
    page.keyboard.press("b")
    expect(page.locator(".sidebar")).to_be_hidden()
    page.reload()
    framed.tab.is_connected()
    expect(page.locator(".sidebar")).to_be_hidden()
    page.keyboard.press("b")
    expect(framed.row(written)).to_be_visible()
    first = page.locator(".sidebar-row").first
    expect(first).to_have_attribute("data-session", asking)


def test_a_session_is_read_once_from_the_press_of_the_button_on(
    framed: FramedTab, streaming: str, written: str
) -> None:
    page = framed.page
    framed.load(f"/sessions/{written}/")
    address = f"{framed.url}/sessions/{streaming}/"
    read: list[str] = []
    page.on("request", lambda asked: read.append(asked.url))
    framed.row(streaming).hover()
    with page.expect_request(address):
        page.mouse.down()
    assert written in page.url
    page.mouse.up()
    framed.shows(streaming)
    framed.tab.streams(streaming)
    assert read.count(address) == 1


def test_the_session_that_the_same_key_leads_to_next_is_read_ahead(
    framed: FramedTab, streaming: str, written: str, asking: str
) -> None:
    page = framed.page
    framed.load("/inbox/")
    expect(framed.row(asking).locator(".count")).to_have_text("1")
    address = f"{framed.url}/sessions/{streaming}/"
    read: list[str] = []
    page.on("request", lambda asked: read.append(asked.url))
    with page.expect_response(address):
        page.keyboard.press("j")
        framed.shows(asking)
    assert asking in page.url
    page.keyboard.press("j")
    framed.shows(streaming)
    framed.tab.streams(streaming)
    assert read.count(address) == 1


def test_a_session_whose_line_has_the_focus_by_keys_is_read_ahead(
    framed: FramedTab, streaming: str, written: str
) -> None:
    page = framed.page
    framed.load(f"/sessions/{written}/")
    address = f"{framed.url}/sessions/{streaming}/"
    read: list[str] = []
    page.on("request", lambda asked: read.append(asked.url))
    with page.expect_response(address):
        framed.row(written).focus()
        page.keyboard.press("ArrowUp")
    expect(framed.row(streaming)).to_be_focused()
    page.keyboard.press("Enter")
    framed.shows(streaming)
    framed.tab.streams(streaming)
    assert read.count(address) == 1


def test_a_finger_reads_a_session_ahead_unless_it_scrolls(
    arena: Arena, open_tab: OpenTab, streaming: str, written: str
) -> None:
    framed = FramedTab(open_tab(arena.cookies, viewport=WIDE, has_touch=True), arena)
    page = framed.page
    framed.load(f"/sessions/{written}/")
    address = f"{framed.url}/sessions/{streaming}/"
    box = framed.row(streaming).bounding_box()
    assert box is not None
    at = {"x": box["x"] + 20, "y": box["y"] + 10}
    client = page.context.new_cdp_session(page)

    def touch(kind: str, *points: dict[str, float]) -> None:
        given = {"type": f"touch{kind}", "touchPoints": list(points)}
        client.send("Input.dispatchTouchEvent", given)

    with page.expect_request(address):
        touch("Start", at)
    assert written in page.url
    with page.expect_event("requestfailed"):
        touch("Cancel")
    with page.expect_request(address):
        touch("Start", at)
    touch("End")
    framed.shows(streaming)
    framed.tab.streams(streaming)
