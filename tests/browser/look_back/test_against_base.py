import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from sessions_app.protocol.commands import Prompt
from tests.browser.axe import violations_by_scheme
from tests.browser.conftest import OpenTab
from tests.browser.tab import Tab
from tests.faults.arena import Arena
from tests.runners.worktrees.repositories import git
from tests.servers.process import until


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    path = tmp_path / "words"
    path.mkdir()
    (path / "readme.md").write_text("# Words\n\nOld words here\n" + "line\n" * 20)
    git(path, "init", "-q", "-b", "main")
    git(path, "add", "-A")
    git(path, "commit", "-qm", "begin")
    return path


def changes(arena: Arena, session: str) -> int:
    return len(arena.sessions.events(session, "workdir_changes"))


def comment_and_send(tab: Tab, dialog: Locator, arena: Arena, session: str) -> None:
    """Comment on a line, keep it over a reload, and send it as one message."""
    tree = dialog.get_by_role("tree")
    for _ in range(8):  # from the hunk's head to a changed line
        if tree.locator(".active[data-diff=in]").count():
            break
        tab.page.keyboard.press("ArrowDown")
    tab.page.keyboard.press("c")
    field = dialog.get_by_role("textbox", name="readme.md, line 3")
    field.fill("Newer words, please")
    tab.page.keyboard.press("Control+Enter")
    tab.page.reload()
    tab.is_connected()
    comments = dialog.get_by_role("region", name="Comments")
    expect(comments).to_contain_text("Newer words, please")
    comments.get_by_role("button", name="Edit").click()
    field.fill("Newest words, please")
    comments.get_by_role("button", name="Comment", exact=True).click()
    comment_on_two_lines(tab, dialog)
    comments.get_by_role("button", name="Send 2 comments").click()
    expect(comments).to_contain_text("Sent to the agent as one message")
    until(lambda: len(arena.sessions.events(session, "user_message")) == 3)
    said = arena.sessions.events(session, "user_message")[-1]["text"]
    assert "**readme.md**, line 3\n```diff\n+New words here\n```" in said
    assert "Newest words, please" in said
    assert said.endswith(
        "**readme.md**, lines 1 to 3\n```diff\n # Words\n \n-Old words here\n"
        "+New words here\n```\nA longer text"
    )
    arena.sessions.await_rest(session, "completed")
    until(lambda: not arena.sessions.lease(session))


def comment_on_two_lines(tab: Tab, dialog: Locator) -> None:
    """Choose lines by Shift with a click and with arrows, and comment on them."""
    tree = dialog.get_by_role("tree")
    dialog.get_by_role("button", name="readme.md, line 3").click()
    lines = tree.get_by_role("treeitem")
    lines.filter(has_text="# Words").click()
    lines.filter(has_text="Old words here").click(modifiers=["Shift"])
    expect(tree.locator(".in-range")).to_have_count(3)
    tab.page.keyboard.press("Shift+ArrowDown")
    tab.page.keyboard.press("Shift+ArrowDown")
    tab.page.keyboard.press("Shift+ArrowUp")
    expect(tree.locator(".in-range")).to_have_count(4)
    if where := os.environ.get("RINGSIDE_PICTURES"):
        tab.page.screenshot(path=f"{where}/range.png")
    tab.page.keyboard.press("c")
    dialog.get_by_role("textbox", name="readme.md, lines 1 to 3").fill("A longer text")
    tab.page.keyboard.press("Control+Enter")
    expect(tree.locator(".in-range")).to_have_count(0)


def discard_and_commit(
    tab: Tab, dialog: Locator, arena: Arena, session: str, repository: Path
) -> None:
    """Discard all, undo that, and commit."""
    readme = repository / "readme.md"
    dialog.get_by_role("button", name="Discard all…").click()
    dialog.get_by_role("button", name="Discard all", exact=True).click()
    until(lambda: "Old words" in readme.read_text())
    state = dialog.get_by_role("status").first
    expect(state).to_have_text("Nothing differs from the base")
    dialog.get_by_role("button", name="Undo").click()
    until(lambda: "New words" in readme.read_text())
    dialog.get_by_role("button", name="Commit…").click()
    message = dialog.get_by_role("textbox", name="Message of the commit")
    expect(message).to_have_value(re.compile("readme.md .modified."))
    message.fill("Say it anew")
    dialog.get_by_role("button", name="Commit all").click()
    until(lambda: arena.sessions.events(session, "changes_committed"))
    assert git(repository, "log", "-1", "--format=%s") == "Say it anew"
    assert git(repository, "status", "--porcelain") == ""
    assert arena.sessions.status(session) == "completed"


def test_what_tools_and_commands_have_changed_stands_beside_the_timeline_and_stays(
    arena: Arena, repository: Path, open_tab: OpenTab
) -> None:
    session = arena.sessions.queue("[scenario: coding rate=0]", workdir=str(repository))
    arena.sessions.await_rest(session, "completed")
    until(lambda: not arena.sessions.lease(session))
    tab = open_tab(arena.cookies)
    tab.page.set_viewport_size({"width": 1440, "height": 900})
    tab.page.goto(f"{arena.server.url}/sessions/{session}/")
    tab.is_connected()
    tab.page.keyboard.press("f")
    dialog = tab.page.get_by_role("dialog", name="Files changed")
    tree = dialog.get_by_role("tree")
    # The last line that is in sight comes with its patch, whoever made the file.
    expect(tree.get_by_role("treeitem", name="split.cpython")).to_contain_text("binary")
    expect(tree).to_contain_text("def report")
    assert violations_by_scheme(tab.page) == []
    # A further turn: what a person has changed meanwhile is found, too.
    text = (repository / "readme.md").read_text()
    (repository / "readme.md").write_text(text.replace("Old words", "New words"))
    before = changes(arena, session)
    arena.sessions.tell(session, Prompt(text="[scenario: long tokens=5 rate=0]"))
    until(lambda: changes(arena, session) > before)
    span = dialog.get_by_role("combobox", name="Changes of")
    step = span.locator("option").nth(1)
    expect(step).to_contain_text("1 file")
    span.select_option(str(step.get_attribute("value")))
    expect(dialog.get_by_role("status").first).to_have_text(
        "1 file · +1 \N{MINUS SIGN}1"
    )
    expect(tree.locator("[data-diff=out]")).to_contain_text("Old words here")
    expect(tree.locator("[data-diff=in]")).to_contain_text("New words here")
    tree.focus()
    tab.page.keyboard.press("j")
    expect(tree.locator(".active")).to_have_attribute("data-diff", "gap")
    comment_and_send(tab, dialog, arena, session)
    tab.page.reload()
    tab.is_connected()
    expect(dialog).to_be_visible()
    expect(dialog.get_by_role("status").first).to_contain_text("files · +")
    discard_and_commit(tab, dialog, arena, session, repository)
    dialog.get_by_role("button", name="Close the files").click()
    tab.page.reload()
    tab.is_connected()
    expect(dialog).to_be_hidden()
