from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from runners.simulator.options import SimulatorOptions
from runners.simulator.simulator import Simulator
from tests.browser.conftest import OpenTab
from tests.browser.tab import Tab
from tests.faults.arena import Arena
from tests.runners.engines.claude_api.wire import reply, text, tool
from tests.runners.scripted import ScriptedClaude
from tests.servers.background import Background
from tests.servers.process import until

# Of this a result shows the beginning and the end.
MUCH = "for n in $(seq 10 60); do printf %s $n; printf ' %01000d\\n' 0; done"
LEFT_OUT = "35 0000"
MARKED = """name => [...CSS.highlights.get(name)].map(range =>
  range.startContainer.data.slice(range.startOffset, range.endOffset)).join()"""
BESIDE = """(left, right) => {
  const [a, b] = [left.getBoundingClientRect(), right.getBoundingClientRect()];
  return a.y === b.y && a.x < b.x;
}"""
POEM = {"path": "poem.txt", "content": "one rose\ntwo roses\nthree roses\n"}
CHANGE = {"path": "poem.txt", "old_string": "two roses", "new_string": "two tulips"}


@pytest.fixture
def claude(arena: Arena, background: Background) -> Iterator[ScriptedClaude]:
    simulator = background.call(Simulator(SimulatorOptions(rate=0)).__aenter__())
    yield ScriptedClaude(arena.installation, background, simulator)
    background.call(simulator.__aexit__(None, None, None))


@pytest.fixture
def worked(arena: Arena, claude: ScriptedClaude) -> str:
    """A session with a run of calls, a change to a file and a long output."""
    claude.says(
        reply(*(tool(f"t{n}", "bash", command=f"echo call {n}") for n in range(5))),
        reply(text("Now a poem."), tool("w", "write_file", **POEM)),
        reply(text("It wants a change."), tool("e", "edit_file", **CHANGE)),
        reply(text("Much to read."), tool("b", "bash", command=MUCH)),
        reply(text("All done.")),
    )
    known = set(arena.sessions.ids())
    process = claude.start("Work", "--permission-mode", "bypass")
    assert process.wait() == 0, process.errors()
    (session,) = set(arena.sessions.ids()) - known
    return session


def opened(arena: Arena, tab: Tab, session: str) -> None:
    tab.open_session(arena.server.url, session)
    tab.is_connected()


def card(tab: Tab, words: str) -> Locator:
    """What opens and folds the card of a call."""
    return tab.page.locator(".tool-head").filter(has_text=words)


def unfold(card: Locator) -> None:
    expect(card).to_be_visible()
    if card.get_attribute("aria-expanded") == "false":
        card.click()
    expect(card).to_have_attribute("aria-expanded", "true")


def test_a_run_of_calls_folds_to_one_line(
    arena: Arena, worked: str, open_tab: OpenTab
) -> None:
    tab = open_tab(arena.cookies)
    opened(arena, tab, worked)
    line = tab.page.locator(".run .disclosure")
    expect(line).to_contain_text("5 tool calls")
    expect(card(tab, "echo call")).to_have_count(0)
    line.click()
    expect(card(tab, "echo call")).to_have_count(5)
    line.click()
    expect(card(tab, "echo call")).to_have_count(0)


@pytest.mark.parametrize(("width", "columns"), [(1440, 2), (900, 1), (390, 1)])
def test_a_change_has_two_columns_where_there_is_room(
    arena: Arena, worked: str, open_tab: OpenTab, width: int, columns: int
) -> None:
    tab = open_tab(arena.cookies, viewport={"width": width, "height": 800})
    opened(arena, tab, worked)
    unfold(card(tab, "edit_file"))
    went = tab.page.locator(".diff > .line[data-kind=out]")
    came = tab.page.locator(".diff > .line[data-kind=in]").filter(has_text="tulips")
    expect(went).to_contain_text("two roses")
    expect(came).to_contain_text("two tulips")
    # The worker says a little later what changed within a line, and what is beside it.
    until(lambda: marked(tab, "word-out") == "roses")
    until(lambda: marked(tab, "word-in") == "tulips")
    until(lambda: are_beside(went, came) == (columns == 2))
    head = card(tab, "edit_file").locator("..").bounding_box()
    diff = went.locator("..").bounding_box()
    assert head
    assert diff
    assert abs(head["width"] - diff["width"]) <= 1


def marked(tab: Tab, name: str) -> str:
    return str(tab.page.evaluate(MARKED, name))


def are_beside(left: Locator, right: Locator) -> bool:
    """Whether one element is left of another, in one line, as it is laid out now."""
    return bool(left.evaluate(BESIDE, right.element_handle()))


def test_show_all_fetches_what_did_not_travel(
    arena: Arena, worked: str, open_tab: OpenTab
) -> None:
    *_, result = arena.sessions.events(worked, "tool_result")
    assert result["truncated"]
    assert LEFT_OUT not in result["output"]
    tab = open_tab(arena.cookies)
    opened(arena, tab, worked)
    unfold(card(tab, "seq 10 60"))
    show = tab.page.get_by_role("button", name="Show all")
    for _ in tab.leaf_through():
        if show.count():
            break
    show.click()
    expect(show).to_have_count(0)
    shown = ""
    for _ in tab.leaf_through():
        shown += tab.page.locator(".timeline").inner_text()
    for n in range(10, 61):
        assert f"{n} 0000" in shown
