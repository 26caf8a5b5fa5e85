import pytest
from playwright.sync_api import Locator, expect

from tests.browser.axe import violations_by_scheme
from tests.browser.conftest import OpenTab
from tests.browser.look_back.test_looking_back import is_shown
from tests.browser.tab import Tab
from tests.faults.arena import Arena
from tests.naive_fold import Fields

EDITS = 1_200
LINES_MAX = 100  # mounted, of all that there are


def files_of(tab: Tab, arena: Arena, session: str) -> tuple[Locator, Locator]:
    """Open the files that a session has changed; answers the dialog and its tree."""
    tab.page.goto(f"{arena.server.url}/sessions/{session}/")
    tab.is_connected()
    tab.page.keyboard.press("f")
    dialog = tab.page.get_by_role("dialog", name="Files changed")
    # Where git has found nothing, or has not looked, this view has something to show.
    by_call = dialog.get_by_role("button", name="By call")
    expect(by_call).to_have_attribute("aria-pressed", "true")
    tree = dialog.get_by_role("tree")
    expect(tree).to_be_focused()
    return dialog, tree


def edits_of(count: int) -> list[Fields]:
    """Many edits of two files, and one that failed."""
    return [event for at in range(count) for event in edit(at, f"f{at % 2}.py")] + [
        *edit(count, "failed.py", is_error=True)
    ]


def edit(at: int, path: str, *, is_error: bool = False) -> list[Fields]:
    call = {"toolUseId": f"e{at}", "tool": "edit_file"}
    given = {"path": path, "old_string": f"was {at}", "new_string": f"is {at}\nnew"}
    result = {"output": "", "isError": is_error, "durationMs": 1}
    return [
        {"type": "tool_use", "block": f"e{at}.0", **call, "input": given},
        {"type": "tool_result", **call, **result},
    ]


@pytest.fixture
def edited(arena: Arena) -> str:
    session = arena.sessions.queue("[scenario: long tokens=5 rate=0]")
    arena.sessions.await_rest(session, "completed")
    nothing = {"type": "workdir_changes", "base": "b", "tree": "t"}
    arena.extend(session, *edits_of(EDITS), nothing)
    return session


def test_files_of_sub_agents_too_are_listed_with_their_diffs_and_lead_to_their_calls(
    arena: Arena, open_tab: OpenTab
) -> None:
    session = arena.sessions.queue("[scenario: subagents rate=0]")
    arena.sessions.await_rest(session, "completed")
    tab = open_tab(arena.cookies)
    dialog, tree = files_of(tab, arena, session)
    expect(dialog.get_by_role("status")).to_contain_text("2 files · 2 edits · +")
    file = tree.get_by_role("treeitem", name="count.py")
    file.click()
    expect(file).to_have_attribute("aria-expanded", "true")
    expect(tree).to_contain_text("agent: Build the word counter")
    expect(tree.locator("[data-diff=in]").first).to_be_visible()
    assert violations_by_scheme(tab.page) == []
    tree.locator("[data-kind=edit]").click()
    expect(dialog).to_be_hidden()
    is_shown(tab, "count.py")


def test_a_wide_page_keeps_the_files_beside_the_call_that_they_lead_to(
    arena: Arena, edited: str, open_tab: OpenTab
) -> None:
    tab = open_tab(arena.cookies)
    tab.page.set_viewport_size({"width": 1440, "height": 900})
    dialog, tree = files_of(tab, arena, edited)
    tab.page.keyboard.press("ArrowRight")
    tree.locator("[data-kind=edit]").first.click()
    is_shown(tab, "f0.py")
    expect(dialog).to_be_visible()


def test_thousands_of_edits_are_counted_and_few_lines_of_them_mounted(
    arena: Arena, edited: str, open_tab: OpenTab
) -> None:
    tab = open_tab(arena.cookies)
    dialog, tree = files_of(tab, arena, edited)
    state = dialog.get_by_role("status")
    figures = f"+{2 * EDITS:,} \N{MINUS SIGN}{EDITS:,}"
    expect(state).to_have_text(f"2 files · 1,200 edits · {figures}")
    tab.page.keyboard.press("ArrowRight")
    expect(tree).to_contain_text("is 0")
    assert tree.get_by_role("treeitem").count() < LINES_MAX
    tab.page.keyboard.press("End")
    expect(tree.locator(".active")).to_contain_text("f1.py")
    tab.page.keyboard.press("ArrowUp")
    expect(tree).to_contain_text(f"was {EDITS - 2}")
    assert tree.get_by_role("treeitem").count() < LINES_MAX
    tab.page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    is_shown(tab, "f0.py")
