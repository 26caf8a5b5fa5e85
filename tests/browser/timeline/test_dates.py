from playwright.sync_api import expect

from tests.browser.conftest import OpenTab
from tests.faults.arena import Arena

DAY_MS = 86_400_000
LATER_MS = 4_000_000_000_000  # later than any test runs


def message(text: str, ts: int) -> dict[str, object]:
    return {"type": "user_message", "text": text, "ts": ts}


def at_rest(arena: Arena) -> str:
    session = arena.sessions.queue("[scenario: long tokens=5 rate=0]")
    arena.sessions.await_rest(session, "completed")
    return session


def test_a_line_stands_between_two_days_and_times_have_dates(
    arena: Arena, open_tab: OpenTab
) -> None:
    session = at_rest(arena)
    arena.extend(
        session,
        message("Monday", LATER_MS),
        message("Monday still", LATER_MS + 1_000),
        message("Sunday", LATER_MS + 6 * DAY_MS),
    )
    tab = open_tab(arena.cookies, timezone_id="UTC")
    tab.open_session(arena.server.url, session)
    days = tab.page.locator(".item.day")
    expect(days).to_have_text(["Tuesday, 2 October 2096", "Monday, 8 October 2096"])
    time = tab.page.locator(".message time").last
    expect(time).to_have_attribute("datetime", "2096-10-08T07:06:40.000Z")
    expect(time).to_have_attribute("title", "Monday, 8 October 2096 at 07:06:40 UTC")


def test_a_recording_that_began_before_its_import_has_a_line_for_its_first_day(
    arena: Arena, open_tab: OpenTab
) -> None:
    session = at_rest(arena)
    arena.extend(session, message("Long ago", LATER_MS - 40_000 * DAY_MS))
    tab = open_tab(arena.cookies, timezone_id="UTC")
    tab.open_session(arena.server.url, session)
    expect(tab.page.locator(".item.day")).to_have_text("Sunday, 29 March 1987")


def test_a_long_prompt_is_folded_until_a_person_unfolds_it(
    arena: Arena, open_tab: OpenTab
) -> None:
    session = at_rest(arena)
    prompt = "\n".join(f"line {n} of the prompt" for n in range(4_000))
    arena.extend(session, message(prompt, LATER_MS))
    tab = open_tab(arena.cookies).open_session(arena.server.url, session)
    text = tab.page.locator(".message-text").last
    expect(text).to_contain_text("line 19 of the prompt")
    expect(text).not_to_contain_text("line 20 of the prompt")
    tab.page.get_by_role("button", name="Show all of it: 4,000 lines").click()
    expect(text).to_contain_text("line 3999 of the prompt")
    tab.page.get_by_role("button", name="Show less").click()
    expect(text).not_to_contain_text("line 20 of the prompt")


# The figures of the head's one line that are not in sight as a whole.
CUT_FIGURES = """() => {
  const line = document.querySelector(".meter").getBoundingClientRect();
  const boxes = [...document.querySelectorAll(".meter div")].map((one) => [
    one.textContent, one.getBoundingClientRect()]);
  return boxes.filter(([, box]) => box.top < line.bottom && box.right > line.right + 1)
    .map(([text]) => text);
}"""


def test_the_head_says_that_nothing_is_billed_at_any_width(
    arena: Arena, open_tab: OpenTab
) -> None:
    session = arena.sessions.queue("[scenario: coding rate=0]")
    arena.sessions.await_rest(session, "completed")
    for width in (1_280, 1_000):
        tab = open_tab(arena.cookies, viewport={"width": width, "height": 700})
        tab.open_session(arena.server.url, session)
        tab.says("completed")
        note, head = tab.page.locator(".meter-note"), tab.page.locator(".session-head")
        box, within = note.bounding_box(), head.bounding_box()
        assert box
        assert within
        assert box["x"] + box["width"] <= within["x"] + within["width"] + 1
        assert tab.page.evaluate(CUT_FIGURES) == []
