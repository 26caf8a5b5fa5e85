import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenTab
from tests.browser.tab import Tab
from tests.faults.arena import Arena

GOOD = "graph TD\n  A[Start] --> B{OK?}\n  B -->|yes| C[Done]\n"
BROKEN = "graph TD\n  A[Start --> B{\n"
# What a library that draws might run, fetch or style, if it were let.
HOSTILE = """
%%{init: {"securityLevel": "loose", "themeCSS": "@import url(//evil.test)"}}%%
graph TD
  A["<img src=//evil.test/x.png onerror='parent.document.title=1'>"] --> B
  click A "javascript:document.title=1"
  click B call alert()
"""
LONG = "graph TD\n" + "".join(f"  n{n} --> n{n + 1}\n" for n in range(60))
FRAME = "iframe.drawing-frame"
INNER = """() => { try { return String(frames[0].document); } catch (error) {
  return error.name; } }"""


def shown(arena: Arena, open_tab: OpenTab, *codes: str) -> Tab:
    session = arena.sessions.queue("[scenario: long tokens=5 rate=0]")
    arena.sessions.await_rest(session, "completed")
    text = "\n\n".join(f"```mermaid\n{code}```" for code in codes)
    arena.extend(session, {"type": "text", "block": "m9.0", "text": text})
    return open_tab(arena.cookies).open_session(arena.server.url, session)


def requests_of(page: Page) -> list[str]:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    return asked


def test_a_diagram_is_drawn_when_a_person_asks_for_it(
    arena: Arena, open_tab: OpenTab
) -> None:
    tab = shown(arena, open_tab, GOOD)
    asked = requests_of(tab.page)
    button = tab.page.get_by_role("button", name="Diagram")
    expect(button).to_have_attribute("aria-pressed", "false")
    expect(tab.page.locator(FRAME)).to_have_count(0)
    button.click()
    image = tab.page.get_by_role("img", name="The diagram that the code below")
    expect(image).to_be_visible()
    assert image.evaluate("async image => (await image.decode(), image.naturalWidth)")
    assert any("/diagram.js" in url for url in asked)
    expect(tab.page.locator("pre code").last).to_have_text(GOOD)
    expect(button).to_have_attribute("aria-pressed", "true")
    button.click()
    expect(image).to_have_count(0)


def test_a_diagram_cut_into_parts_is_drawn_whole(
    arena: Arena, open_tab: OpenTab
) -> None:
    tab = shown(arena, open_tab, LONG)
    button = tab.page.get_by_role("button", name="Diagram")
    expect(button).to_have_count(1)
    button.click()
    image = tab.page.locator(".diagram img")
    expect(image).to_be_visible()
    assert "n60" in str(image.get_attribute("src"))


def test_what_cannot_be_drawn_is_said_in_words_and_the_next_is_drawn(
    arena: Arena, open_tab: OpenTab
) -> None:
    tab = shown(arena, open_tab, BROKEN, GOOD)
    buttons = tab.page.get_by_role("button", name="Diagram")
    buttons.nth(0).click()
    note = tab.page.locator(".diagram-note")
    expect(note).to_contain_text("Cannot be drawn: Parse error on line 2")
    expect(note).not_to_contain_text("Expecting")
    buttons.nth(1).click()
    expect(tab.page.locator(".diagram img")).to_be_visible()


def test_a_hostile_diagram_runs_and_fetches_nothing(
    arena: Arena, open_tab: OpenTab
) -> None:
    tab = shown(arena, open_tab, HOSTILE)
    asked = requests_of(tab.page)
    title = tab.page.title()
    tab.page.get_by_role("button", name="Diagram").click()
    expect(tab.page.locator(".diagram img")).to_be_visible()
    tab.page.locator(".diagram img").click()
    assert not [url for url in asked if "evil.test" in url]
    assert tab.page.title() == title
    # What the library puts into the frame's document is refused by the frame's policy.
    assert all(re.search("nline|@import", words) for words in tab.complaints)
    tab.complaints.clear()
    # The frame is of another origin: neither can look into the other.
    assert tab.page.evaluate(INNER) == "SecurityError"
    expect(tab.page.locator(FRAME)).to_have_attribute("sandbox", "allow-scripts")
