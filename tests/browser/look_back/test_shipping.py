import json
import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.axe import violations_by_scheme
from tests.browser.conftest import OpenTab
from tests.browser.tab import Tab
from tests.faults.arena import Arena
from tests.runners.worktrees.repositories import commit_all, git
from tests.servers.process import until


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    path = tmp_path / "words"
    path.mkdir()
    (path / "readme.md").write_text("# Words\n\nOld words here\n" + "line\n" * 20)
    git(path, "init", "-q", "-b", "main")
    commit_all(path, "begin")
    git(tmp_path, "init", "-q", "--bare", "bare.git")
    git(path, "remote", "add", "origin", str(tmp_path / "bare.git"))
    return path


@pytest.fixture
def session(arena: Arena, repository: Path) -> str:
    """A session that has changed files in a worktree of its own."""
    session = arena.sessions.queue("[scenario: coding rate=0]", workdir=str(repository))
    arena.sessions.set(session, worktree=json.dumps({"wanted": True}))
    arena.sessions.await_rest(session, "completed")
    return session


def open_files(tab: Tab, arena: Arena, session: str) -> Locator:
    tab.page.set_viewport_size({"width": 1440, "height": 900})
    tab.page.goto(f"{arena.server.url}/sessions/{session}/")
    tab.is_connected()
    tab.page.keyboard.press("f")
    return tab.page.get_by_role("dialog", name="Files changed")


def picture(tab: Tab, name: str) -> None:
    """Take a picture where RINGSIDE_PICTURES says, to be looked at."""
    if where := os.environ.get("RINGSIDE_PICTURES"):
        for scheme in ("light", "dark"):
            tab.page.emulate_media(color_scheme=scheme)
            tab.page.screenshot(path=f"{where}/{name}-{scheme}.png")


def commit_in_page(dialog: Locator, arena: Arena, session: str) -> None:
    dialog.get_by_role("button", name="Commit…").click()
    dialog.get_by_role("textbox", name="Message of the commit").fill("Split words")
    dialog.get_by_role("button", name="Commit all").click()
    until(lambda: arena.sessions.events(session, "changes_committed"))
    expect(dialog.locator(".branch-words")).to_contain_text("1 ahead of main")
    expect(dialog.get_by_role("region", name="Commit")).to_contain_text("Committed as")


def test_a_branch_conflicts_is_handed_over_rebased_pushed_and_merged(
    arena: Arena, repository: Path, session: str, open_tab: OpenTab, tmp_path: Path
) -> None:
    tab = open_tab(arena.cookies)
    dialog = open_files(tab, arena, session)
    words = dialog.locator(".branch-words")
    expect(words).to_contain_text(f"ringside/{session}")
    merge = dialog.get_by_role("button", name="Merge…")
    region = dialog.get_by_role("region", name="Branch")
    expect(merge).to_have_attribute("aria-disabled", "true")
    merge.press("Enter")
    expect(region).to_contain_text("main has all commits of this branch.")
    picture(tab, "nothing-to-merge")
    commit_in_page(dialog, arena, session)
    tree = arena.installation.directory / "worktrees" / session
    (repository / "fairshare").mkdir()
    (repository / "fairshare" / "split.py").write_text("def split(): ...\n")
    main = commit_all(repository, "another split")
    merge.click()
    picture(tab, "merge-form")
    dialog.get_by_role("combobox", name="How").select_option("commit")
    dialog.get_by_role("button", name="Merge into main").click()
    expect(region).to_contain_text("conflicts. Nothing has changed.")
    expect(region).to_contain_text("added by both")
    picture(tab, "conflict")
    assert violations_by_scheme(tab.page) == []
    assert git(repository, "rev-parse", "main") == main
    before = len(arena.sessions.events(session, "user_message"))
    dialog.get_by_role("button", name="Have the agent resolve it").click()
    until(lambda: len(arena.sessions.events(session, "user_message")) > before)
    said = arena.sessions.events(session, "user_message")[-1]["text"]
    assert "Merge the branch `main` into your branch" in said
    assert "- fairshare/split.py: added by both" in said
    arena.sessions.await_rest(session, "completed")
    # The other branch gives way; what follows has no conflict.
    git(repository, "rm", "-q", "fairshare/split.py")
    main = commit_all(repository, "without it")
    rebase_push_and_merge(tab, dialog, arena, session)
    assert git(repository, "log", "-1", "--format=%s") == "Split words"
    assert git(repository, "rev-parse", "main^") == main
    assert git(tree, "rev-parse", "HEAD") == git(repository, "rev-parse", "main")
    there = git(tmp_path / "bare.git", "rev-parse", "split-words")
    assert there == git(repository, "rev-parse", "main")
    assert arena.sessions.status(session) == "completed"


def rebase_push_and_merge(
    tab: Tab, dialog: Locator, arena: Arena, session: str
) -> None:
    region = dialog.get_by_role("region", name="Branch")
    discard_rest(dialog, arena, session)
    dialog.get_by_role("button", name="Rebase…").click()
    picture(tab, "rebase-form")
    dialog.get_by_role("button", name="Rebase on main").click()
    expect(region).to_contain_text("Rebased on main.")
    request = dialog.get_by_role("button", name="Pull request…")
    expect(request).to_have_attribute("aria-disabled", "true")
    request.press("Enter")
    expect(region).to_contain_text("is no repository of GitHub or GitLab.")
    dialog.get_by_role("button", name="Push…").click()
    dialog.get_by_role("textbox", name="Branch there").fill("split-words")
    picture(tab, "push-form")
    tab.page.keyboard.press("Enter")
    expect(region).to_contain_text("Pushed to origin as split-words.")
    dialog.get_by_role("button", name="Merge…").click()
    expect(dialog.get_by_role("combobox", name="How")).to_have_value("forward")
    dialog.get_by_role("button", name="Merge into main").click()
    expect(region).to_contain_text("Merged into main; its files in")
    picture(tab, "merged")


def discard_rest(dialog: Locator, arena: Arena, session: str) -> None:
    """Commit what the scenario has written again, if it has."""
    ship = arena.sessions.events(session, "workdir_changes")[-1]["ship"]
    assert "uncommitted" not in ship, ship
    expect(dialog.locator(".branch-words")).not_to_contain_text("not committed")


def test_chosen_files_are_committed_alone(
    arena: Arena, session: str, open_tab: OpenTab
) -> None:
    tab = open_tab(arena.cookies)
    dialog = open_files(tab, arena, session)
    tree = dialog.get_by_role("tree")
    report = tree.get_by_role("treeitem", name="fairshare/report.py")
    report.hover()
    report.get_by_role("button", name="Choose").click()
    expect(report.get_by_role("button", name="Chosen")).to_have_attribute(
        "aria-pressed", "true"
    )
    tree.focus()
    tab.page.keyboard.press("End")  # a line of the last file
    tab.page.keyboard.press("x")
    dialog.get_by_role("button", name="Commit 2 files…").click()
    message = dialog.get_by_role("textbox", name="Message of the commit")
    expect(message).to_have_value(re.compile(r"\n\n- fairshare/report.py .added.\n- "))
    picture(tab, "chosen")
    message.fill("Part of it")
    dialog.get_by_role("button", name="Commit 2 files", exact=True).click()
    until(lambda: arena.sessions.events(session, "changes_committed"))
    where = arena.installation.directory / "worktrees" / session
    said = git(where, "show", "--name-only", "--format=%s", "HEAD").split("\n")
    assert said[0] == "Part of it"
    assert "fairshare/report.py" in said
    assert len(said) == 4
    expect(dialog.get_by_role("region", name="Commit")).to_contain_text("Committed as")
    expect(dialog.locator(".branch-words")).to_contain_text("files not committed")


def test_a_branch_is_shipped_on_a_phone(
    arena: Arena, session: str, open_tab: OpenTab
) -> None:
    tab = open_tab(arena.cookies)
    dialog = open_files(tab, arena, session)
    tab.page.set_viewport_size({"width": 390, "height": 844})
    tab.page.reload()
    tab.is_connected()
    tab.page.keyboard.press("f")
    expect(dialog.locator(".branch-words")).to_contain_text("main")
    dialog.get_by_role("button", name="Push…").click()
    expect(dialog.get_by_role("textbox", name="Branch there")).to_be_visible()
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= 390
    picture(tab, "phone")
