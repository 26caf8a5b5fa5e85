from playwright.sync_api import expect

from tests.browser.conftest import OpenTab
from tests.browser.tab import PAINTED, SCROLLER
from tests.faults.arena import Arena

FOLDED = """Before.

<details>
<summary>Full **log**</summary>

```
a giraffe in the log
```

</details>

After.
"""
MUCH = "\n\n".join(f"Paragraph {n} of many." for n in range(400))


def text(block: str, said: str) -> dict[str, object]:
    return {"type": "text", "block": block, "text": said}


def test_details_are_folded_and_stay_as_a_reader_left_them(
    arena: Arena, open_tab: OpenTab
) -> None:
    session = arena.sessions.queue("[scenario: long tokens=5 rate=0]")
    arena.sessions.await_rest(session, "completed")
    arena.extend(session, text("m8.0", FOLDED), text("m9.0", MUCH))
    tab = open_tab(arena.cookies).open_session(arena.server.url, session)
    page = tab.page
    tab.is_connected()
    page.evaluate(f"{SCROLLER}.scrollTop = 0")
    code = page.get_by_text("a giraffe in the log")
    expect(page.locator("summary strong")).to_have_text("log")
    expect(code).to_be_hidden()
    page.locator("summary").click()
    expect(code).to_be_visible()
    for place in (1_000_000, 0):  # it is off the page meanwhile
        page.evaluate(f"{SCROLLER}.scrollTop = {place}")
        page.evaluate(PAINTED)
        if place:
            expect(page.locator("summary")).to_have_count(0)
    expect(code).to_be_visible()


def test_find_opens_the_details_that_a_text_is_folded_in(
    arena: Arena, open_tab: OpenTab
) -> None:
    session = arena.sessions.queue("[scenario: long tokens=5 rate=0]")
    arena.sessions.await_rest(session, "completed")
    arena.extend(session, text("m8.0", FOLDED))
    page = open_tab(arena.cookies).open_session(arena.server.url, session).page
    expect(page.get_by_text("a giraffe in the log")).to_be_hidden()
    page.locator(".scroller").focus()
    page.keyboard.press("/")
    page.keyboard.type("giraffe")
    page.keyboard.press("Enter")
    expect(page.get_by_text("a giraffe in the log")).to_be_visible()
