from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import LazySettings

from runners.ship.merged_tree import Conflicting
from runners.ship.session_branch import SessionBranch
from runners.worktrees.git import GitFailed
from tests.runners.ship.ground import Ground, state
from tests.runners.worktrees.repositories import git
from tests.servers.process import until


def test_a_branch_goes_forward_with_the_files_where_it_is_checked_out(
    ground: Ground,
) -> None:
    head = ground.work("new.txt", "new\n")
    (ground.repository / "a.txt").write_text("a person's own change\n")
    done = ground.merge("forward")
    assert (done.commit, done.directory) == (head, str(ground.repository))
    assert ground.main == head
    assert (ground.repository / "new.txt").read_text() == "new\n"
    # What a person had changed there, and git's index of it, stay.
    assert git(ground.repository, "status", "--porcelain") == "M a.txt"
    assert git(ground.repository, "reflog", "-1", "--format=%gs").startswith("merge ")
    # Done again, after a runner that died, it is done.
    assert ground.merge("forward") == done


def test_a_file_that_git_ignores_is_not_replaced_by_a_merge(ground: Ground) -> None:
    ground.advance(".gitignore", ".env\n")
    git(ground.tree, "merge", "-q", "main")
    (ground.tree / ".env").write_text("the agent's\n")
    git(ground.tree, "add", "-f", ".env")
    ground.work("new.txt", "new\n")
    own = ground.repository / ".env"
    own.write_text("a person's\n")
    before = state(ground.repository)
    with pytest.raises(GitFailed, match=r"\.env is in the way"):
        ground.merge("forward")
    assert state(ground.repository) == before
    assert own.read_text() == "a person's\n"
    own.unlink()
    ground.merge("forward")
    assert own.read_text() == "the agent's\n"


def test_branches_that_have_both_gone_on_get_a_commit_with_two_parents(
    ground: Ground,
) -> None:
    head = ground.work("new.txt", "new\n")
    before = ground.advance("a.txt", "one\ntwo\nthree\n")
    with pytest.raises(GitFailed, match="main has gone on: rebase first"):
        ground.merge("forward")
    assert ground.main == before
    done = ground.merge()
    parents = git(ground.repository, "rev-parse", "main^1", "main^2")
    assert parents == f"{before}\n{head}"
    assert git(ground.repository, "log", "-1", "--format=%s%n%ae") == (
        "Merge branch 'ringside/s_abc' into main\n" + author(ground)
    )
    assert (ground.repository / "a.txt").read_text() == "one\ntwo\nthree\n"
    assert (ground.repository / "new.txt").exists()
    assert git(ground.repository, "status", "--porcelain") == ""
    assert ground.main == done.commit
    assert ground.head == head


def author(ground: Ground) -> str:
    return git(ground.repository, "log", "-1", "--format=%ae", "main")


def test_no_hook_and_no_driver_of_the_repository_runs(
    ground: Ground, tmp_path: Path
) -> None:
    ran = tmp_path / "ran"
    git(ground.repository, "config", "merge.evil.driver", f"touch {ran}; false")
    git(ground.repository, "config", "filter.evil.smudge", f"touch {ran}; cat")
    attributes = ground.repository / ".git" / "info" / "attributes"
    attributes.parent.mkdir(exist_ok=True)
    attributes.write_text("* merge=evil filter=evil\n")
    for name in ("pre-merge-commit", "post-merge", "reference-transaction",
                 "post-checkout", "post-index-change"):  # fmt: skip
        hook = ground.repository / ".git" / "hooks" / name
        hook.write_text(f"#!/bin/sh\ntouch {ran}\n")
        hook.chmod(0o755)
    off = ("-c", "core.hooksPath=/dev/null", "-c", "filter.evil.smudge=")
    (ground.tree / "a.txt").write_text("zero\none\ntwo\n")
    git(ground.tree, *off, "commit", "-qam", "above")
    (ground.repository / "a.txt").write_text("one\ntwo\n\nlast\n")
    git(ground.repository, *off, "commit", "-qam", "below")
    ground.merge()
    assert (ground.repository / "a.txt").read_text() == "zero\none\ntwo\n\nlast\n"
    assert not ran.exists()


def test_a_conflict_says_both_sides_and_changes_nothing(ground: Ground) -> None:
    ground.work("a.txt", "one\nof the agent\n")
    (ground.tree / "below" / "b.txt").unlink()
    (ground.tree / "blob").write_bytes(b"\0mine")
    ground.work("c.txt", "c\n")
    (ground.repository / "below" / "b.txt").write_text("changed\n")
    (ground.repository / "blob").write_bytes(b"\0theirs")
    ground.advance("a.txt", "one\nof a person\n")
    before = state(ground.repository), state(ground.tree)
    with pytest.raises(Conflicting) as caught:
        ground.merge()
    assert (state(ground.repository), state(ground.tree)) == before
    a, b, blob = caught.value.files
    assert (a.path, a.kind) == ("a.txt", "both_changed")
    (hunk,) = a.hunks
    assert (hunk.line, hunk.there, hunk.here) == (2, "of a person", "of the agent")
    assert (b.path, b.kind, b.hunks) == ("below/b.txt", "deleted_here", [])
    assert (blob.path, blob.kind, blob.binary) == ("blob", "both_added", True)
    assert caught.value.left_out == 0


def test_files_that_are_in_the_way_are_kept(ground: Ground) -> None:
    ground.work("a.txt", "of the agent\n")
    (ground.repository / "a.txt").write_text("not committed\n")
    before = state(ground.repository)
    with pytest.raises(GitFailed, match=r"main is checked out in .* stash what was"):
        ground.merge("forward")
    assert state(ground.repository) == before
    git(ground.repository, "checkout", "-q", "a.txt")
    ground.work("new.txt", "of the agent\n")
    (ground.repository / "new.txt").write_text("not tracked\n")
    with pytest.raises(GitFailed, match="stash what was"):
        ground.merge("forward")
    assert (ground.repository / "new.txt").read_text() == "not tracked\n"
    assert (ground.repository / "a.txt").read_text() == "one\ntwo\n"


def test_nothing_is_merged_where_somebody_is_in_the_middle_of_something(
    ground: Ground,
) -> None:
    ground.work("new.txt", "new\n")
    with pytest.raises(GitFailed, match="an agent works now"):
        ground.merge(busy=(ground.repository / "below",))
    half = ground.repository / ".git" / "MERGE_HEAD"
    half.write_text(ground.main)
    with pytest.raises(GitFailed, match="a merge is half done"):
        ground.merge()
    half.unlink()
    lock = ground.repository / ".git" / "refs" / "heads" / "main.lock"
    lock.touch()
    with pytest.raises(GitFailed, match="is locked"):
        ground.merge()
    lock.unlink()
    assert not (ground.repository / "new.txt").exists()
    ground.merge()


def test_a_branch_that_is_checked_out_nowhere_moves_alone(ground: Ground) -> None:
    head = ground.work("new.txt", "new\n")
    git(ground.repository, "checkout", "-q", "-b", "other")
    done = ground.merge("forward")
    assert (done.commit, done.directory, ground.main) == (head, "", head)
    assert not (ground.repository / "new.txt").exists()


def test_a_branch_that_was_not_looked_at_is_not_merged(ground: Ground) -> None:
    seen = ground.work("new.txt", "new\n")
    ground.work("more.txt", "more\n")
    with pytest.raises(GitFailed, match="look again"):
        SessionBranch.of(ground.session, seen)


def test_what_a_runner_left_that_died_before_the_branch_moved_is_finished(
    ground: Ground,
) -> None:
    head = ground.work("new.txt", "new\n")
    main = ground.main
    # As git leaves it: files and index have followed, the branch has not.
    git(ground.repository, "read-tree", "-m", "-u", main, head)
    assert ground.main == main
    ground.merge("forward")
    assert ground.main == head
    assert git(ground.repository, "status", "--porcelain") == ""


def test_another_git_that_works_there_is_waited_for(
    ground: Ground, settings: LazySettings
) -> None:
    head = ground.work("new.txt", "new\n")
    lock = ground.repository / ".git" / "index.lock"
    lock.touch()
    settings.SHIP_INDEX_WAIT_S = 0.2
    with pytest.raises(GitFailed, match="another git works there"):
        ground.merge("forward")
    assert ground.main != head
    settings.SHIP_INDEX_WAIT_S = 60
    with ThreadPoolExecutor(1) as pool:
        merging = pool.submit(ground.merge, "forward")
        # The branch is locked before the files are.
        until((ground.repository / ".git/refs/heads/main.lock").exists)
        lock.unlink()
        merging.result()
    assert ground.main == head
