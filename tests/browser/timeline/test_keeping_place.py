from playwright.sync_api import expect

from tests.browser.conftest import OpenTab
from tests.browser.tab import PAINTED, SCROLLER, Tab
from tests.browser.timeline.test_long_session import TURNS, long_session
from tests.faults.arena import Arena
from tests.servers.process import until

# Selects the last words of what was written so far, as a mouse does.
SELECT = """() => {
  const texts = [...document.querySelectorAll(".row.text")];
  const walker = document.createTreeWalker(texts.at(-1), NodeFilter.SHOW_TEXT);
  let node = walker.nextNode();
  for (let next = node; next; next = walker.nextNode())
    if (next.data.trim().length > 20) node = next;
  getSelection().setBaseAndExtent(node, 2, node, Math.min(18, node.data.length));
  return getSelection().toString();
}"""
SELECTED = "() => getSelection().toString()"
SELECTED_TOP = "() => getSelection().getRangeAt(0).getBoundingClientRect().top"
FIRST_TEXT = """() => {
  const { top } = document.querySelector(".scroller").getBoundingClientRect();
  const item = [...document.querySelectorAll(".item")].find(
    item => item.getBoundingClientRect().bottom > top + 1);
  return item ? [item.dataset.row, Math.round(item.getBoundingClientRect().top)] : null;
}"""


def test_selected_text_stays_selected_and_in_place_while_the_agent_writes(
    arena: Arena, open_tab: OpenTab
) -> None:
    session = arena.stream(tokens=20_000, rate=300)
    tab = open_tab(arena.cookies).open_session(arena.server.url, session)
    tab.is_connected()
    until(lambda: tab.text(session).count("\n") > 25)
    page = tab.page
    selected = page.evaluate(SELECT)
    assert len(selected.strip()) > 8
    top = page.evaluate(SELECTED_TOP)
    before = len(tab.text(session))
    until(lambda: len(tab.text(session)) > before + 3_000)
    assert page.evaluate(SELECTED) == selected
    assert abs(page.evaluate(SELECTED_TOP) - top) < 2
    # Whoever has scrolled away finds it selected still.
    page.evaluate(f"{SCROLLER}.scrollTop = 0")
    page.evaluate(PAINTED)
    assert page.evaluate(SELECTED) == selected
    page.evaluate("getSelection().removeAllRanges()")
    page.locator(".jump").click()
    tab.streams(session)
    arena.end(session)


def test_what_is_selected_outlives_the_end_of_the_answer(
    arena: Arena, open_tab: OpenTab
) -> None:
    """The final of a text takes the place of its pieces; then comes the line below."""
    session = arena.stream(tokens=900, rate=300)
    tab = open_tab(arena.cookies).open_session(arena.server.url, session)
    tab.is_connected()
    until(lambda: len(tab.text(session)) > 300)
    page = tab.page
    selected = page.evaluate(SELECT)
    assert len(selected.strip()) > 8
    arena.sessions.await_rest(session, "completed")
    tab.says("completed")
    page.evaluate(PAINTED)
    assert page.evaluate(SELECTED) == selected
    # In a box the keys are the box's own.
    box = page.get_by_label("Message to the agent")
    box.fill("my words")
    page.keyboard.press("Control+a")
    page.keyboard.press("Control+x")
    expect(box).to_have_value("")
    page.keyboard.press("Control+v")
    expect(box).to_have_value("my words")


def test_who_goes_home_stays_there_while_the_agent_writes(
    arena: Arena, open_tab: OpenTab
) -> None:
    session = arena.stream(tokens=20_000, rate=300)
    tab = open_tab(arena.cookies).open_session(arena.server.url, session)
    tab.is_connected()
    until(lambda: tab.text(session).count("\n") > 25)
    tab.page.locator(".scroller").focus()
    tab.page.keyboard.press("Home")
    first = tab.page.locator(".item").first
    expect(first).to_be_in_viewport()
    before = len(tab.text(session))
    until(lambda: len(tab.text(session)) > before + 2_000)
    assert tab.page.evaluate(f"{SCROLLER}.scrollTop") == 0
    expect(first).to_contain_text("Started")
    arena.end(session)


def test_nothing_moves_while_the_mouse_is_pressed(
    arena: Arena, open_tab: OpenTab
) -> None:
    session = arena.stream(tokens=20_000, rate=300)
    tab = open_tab(arena.cookies).open_session(arena.server.url, session)
    tab.is_connected()
    until(lambda: tab.text(session).count("\n") > 25)
    box = tab.page.locator(".scroller").bounding_box()
    assert box
    tab.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    tab.page.mouse.down()
    top = tab.page.evaluate(f"{SCROLLER}.scrollTop")
    before = len(tab.text(session))
    until(lambda: len(tab.text(session)) > before + 3_000)
    assert tab.page.evaluate(f"{SCROLLER}.scrollTop") == top
    tab.page.mouse.up()
    until(lambda: tab.page.evaluate(f"{SCROLLER}.scrollTop") > top)
    arena.end(session)


def opened_at_its_end(arena: Arena, open_tab: OpenTab) -> tuple[Tab, str]:
    session = long_session(arena)
    tab = open_tab(arena.cookies)
    tab.page.goto(f"{arena.server.url}/sessions/{session}/")
    until(lambda: f"Turn {TURNS - 1} says" in tab.shown(session))
    return tab, session


def settled(tab: Tab) -> list[int]:
    """Wait until paintings move nothing more; return what is in sight, and where."""
    seen: list[list[int] | None] = []

    def is_still() -> bool:
        tab.page.evaluate(PAINTED)
        seen.append(tab.page.evaluate(FIRST_TEXT))
        return seen[-1] is not None and seen[-4:] == [seen[-1]] * 4

    until(is_still)
    place = seen[-1]
    assert place
    return place


def comes_to(tab: Tab, place: list[int]) -> None:
    """Wait until the same row is in sight, at the same height."""
    now: list[int] = []

    def is_there() -> bool:
        now[:] = tab.page.evaluate(FIRST_TEXT) or [-1, 0]
        return now[0] == place[0] and abs(now[1] - place[1]) <= 2

    try:
        until(is_there)
    except AssertionError as error:
        kept = tab.page.evaluate("JSON.stringify(sessionStorage)")
        raise AssertionError(f"{now} is in sight, not {place}; {kept}") from error


def test_a_page_that_is_left_before_it_came_back_keeps_its_place(
    arena: Arena, open_tab: OpenTab
) -> None:
    tab, _ = opened_at_its_end(arena, open_tab)
    tab.is_connected()
    tab.page.evaluate(f"{SCROLLER}.scrollTop -= 2500")
    place = settled(tab)
    for _ in range(3):  # nothing has been painted yet when it is left again
        tab.page.reload(wait_until="commit")
    comes_to(tab, place)


def test_home_comes_to_the_very_beginning_at_once(
    arena: Arena, open_tab: OpenTab
) -> None:
    tab, _ = opened_at_its_end(arena, open_tab)
    tab.page.locator(".scroller").focus()
    tab.page.keyboard.press("Home")
    first = tab.page.locator(".item").first
    expect(first).to_contain_text("Started")
    expect(first).to_be_in_viewport()
    assert tab.page.evaluate(f"{SCROLLER}.scrollTop") == 0


def test_a_reload_and_back_come_to_the_place_that_was_read(
    arena: Arena, open_tab: OpenTab
) -> None:
    tab, session = opened_at_its_end(arena, open_tab)
    page = tab.page
    tab.is_connected()
    page.evaluate(f"{SCROLLER}.scrollTop -= 2500")
    place = settled(tab)
    page.reload()
    comes_to(tab, place)
    page.goto(f"{arena.server.url}/")
    page.go_back()
    comes_to(tab, place)
    # Another visit is not a return: it begins at the end.
    page.goto(f"{arena.server.url}/sessions/{session}/")
    until(lambda: f"Turn {TURNS - 1} says" in tab.shown(session))
    expect(page.locator(".item").last).to_be_in_viewport()


def test_the_browsers_own_keys_reach_the_whole_session(
    arena: Arena, open_tab: OpenTab
) -> None:
    tab, session = opened_at_its_end(arena, open_tab)
    page = tab.page
    page.locator(".scroller").focus()
    page.keyboard.press("Control+a")
    until(lambda: "Turn **0** says" in page.evaluate("s => ringside.text(s)", session))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.keyboard.press("Control+c")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "Turn **0** says" in copied
    assert f"Turn **{TURNS - 1}** says" in copied
    page.keyboard.press("Control+f")
    bar = page.get_by_label("Text to find")
    expect(bar).to_be_focused()
    bar.fill("Turn **7** says")
    expect(page.locator(".find-state")).to_have_text("1 of 1")
    page.keyboard.press("Escape")
    with page.context.expect_page() as opened:
        page.keyboard.press("Control+p")
    transcript = opened.value
    passages = transcript.locator(".passage-text")
    expect(passages.filter(has_text="Turn **0** says")).to_be_visible()
    expect(passages).to_have_count(TURNS + 1)
    transcript.close()
