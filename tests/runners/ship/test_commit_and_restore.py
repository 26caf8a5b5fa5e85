from pathlib import Path

import pytest
from django.conf import LazySettings

from runners.review.place import ReviewPlace
from runners.review.snapshot import take_snapshot
from runners.ship.commit import commit
from runners.ship.restore import restore
from runners.worktrees.git import GitFailed
from tests.runners.review.test_comparison import place_of
from tests.runners.worktrees.repositories import git, make_repository

NEW = "caf\udce9.txt"  # no UTF-8


@pytest.fixture
def place(tmp_path: Path) -> ReviewPlace:
    root = make_repository(tmp_path / "repository")
    return place_of(root, tmp_path / "store")


def change(place: ReviewPlace) -> tuple[str, str]:
    """Change, add and delete files; return the trees before and after."""
    base = take_snapshot(place).tree
    (place.scope / "a.txt").write_text("changed\n")
    (place.scope / "new").mkdir()
    (place.scope / "new" / NEW).write_text("new\n")
    (place.scope / "below" / "b.txt").unlink()
    return base, take_snapshot(place).tree


def test_a_commit_holds_all_that_was_seen_and_runs_no_hook(
    place: ReviewPlace, tmp_path: Path
) -> None:
    ran = tmp_path / "ran"
    for name in ("pre-commit", "commit-msg", "post-commit", "reference-transaction"):
        hook = place.git_dir / "hooks" / name
        hook.write_text(f"#!/bin/sh\ntouch {ran}\n")
        hook.chmod(0o755)
    parent = git(place.scope, "-c", "core.hooksPath=/dev/null", "rev-parse", "HEAD")
    _, tree = change(place)
    made = commit(place, "Change all\n\nBecause.", tree, "ada")
    assert not ran.exists()
    assert git(place.scope, "rev-parse", "HEAD", "HEAD^") == f"{made}\n{parent}"
    assert git(place.scope, "rev-parse", "HEAD^{tree}") == tree
    assert git(place.scope, "log", "-1", "--format=%B") == "Change all\n\nBecause."
    assert git(place.scope, "symbolic-ref", "HEAD") == "refs/heads/main"
    assert git(place.scope, "status", "--porcelain") == ""


def test_only_chosen_files_are_committed_and_what_was_staged_of_others_stays(
    place: ReviewPlace,
) -> None:
    parent = git(place.scope, "rev-parse", "HEAD")
    (place.scope / "staged.txt").write_text("staged\n")
    git(place.scope, "add", "staged.txt")
    _, tree = change(place)
    name = '"new/caf\\351.txt"'
    made = commit(place, "Part", tree, "ada", [name, "below/b.txt"])
    changed = ("diff-tree", "-r", "--name-status", "--no-commit-id", "HEAD")
    assert git(place.scope, *changed).split("\n") == ["D\tbelow/b.txt", f"A\t{name}"]
    assert git(place.scope, "rev-parse", "HEAD", "HEAD^") == f"{made}\n{parent}"
    left = git(place.scope, "status", "--porcelain")
    assert sorted(left.split("\n")) == ["A  staged.txt", "M a.txt"]
    git(place.scope, "fsck", "--strict", "--no-dangling")
    with pytest.raises(GitFailed, match="nothing has changed in these files"):
        commit(place, "Again", tree, "ada", ["below/b.txt"])
    commit(place, "Rest", tree, "ada", [])
    assert git(place.scope, "status", "--porcelain") == ""


def test_what_was_not_seen_is_not_committed(place: ReviewPlace) -> None:
    head = git(place.scope, "rev-parse", "HEAD")
    _, tree = change(place)
    (place.scope / "a.txt").write_text("changed again\n")
    with pytest.raises(GitFailed, match="look again"):
        commit(place, "Change", tree, "ada")
    (place.git_dir / "MERGE_HEAD").write_text(head)
    with pytest.raises(GitFailed, match="merge is half done"):
        commit(place, "Change", take_snapshot(place).tree, "ada")
    (place.git_dir / "MERGE_HEAD").unlink()
    assert git(place.scope, "rev-parse", "HEAD") == head


def test_files_are_put_back_and_that_is_undone_byte_by_byte(place: ReviewPlace) -> None:
    index = (place.git_dir / "index").read_bytes()
    base, tree = change(place)
    assert restore(place, base, tree, ["a.txt"]) == ["a.txt"]
    assert (place.scope / "a.txt").read_text() == "one\ntwo\n"
    rest = take_snapshot(place).tree
    names = ["below/b.txt", '"new/caf\\351.txt"']
    assert sorted(restore(place, base, rest, [])) == sorted(names)
    assert take_snapshot(place).tree == base
    assert not (place.scope / "new").exists()
    restore(place, tree, base, [])
    assert take_snapshot(place).tree == tree
    assert (place.git_dir / "index").read_bytes() == index


def test_nothing_is_put_back_over_what_was_not_seen_or_behind_a_link(
    place: ReviewPlace, tmp_path: Path
) -> None:
    base, tree = change(place)
    (place.scope / "a.txt").write_text("changed again\n")
    with pytest.raises(GitFailed, match="look again"):
        restore(place, base, tree, ["a.txt"])
    assert (place.scope / "a.txt").read_text() == "changed again\n"
    outside = tmp_path / "outside"
    (place.scope / "new").rename(outside)
    (place.scope / "new").symlink_to(outside)
    restore(place, base, take_snapshot(place).tree, [])
    assert [path.name for path in outside.iterdir()] == [NEW]


def test_nothing_is_put_back_over_what_no_snapshot_holds(
    place: ReviewPlace,
) -> None:
    made, own = place.scope / "made", place.scope / "own"
    made.write_text("a file\n")
    own.write_text("first\n")
    before = take_snapshot(place).tree
    made.unlink()
    made.mkdir()
    (made / "much").write_text("a day's work\n")
    (place.scope / ".gitignore").write_text("/made/\n/own\n")
    own.write_text("second\n")
    for name in ("made", "own"):
        now = take_snapshot(place).tree
        with pytest.raises(GitFailed, match="is in the way"):
            restore(place, before, now, [name])
    with pytest.raises(GitFailed, match="is in the way"):
        restore(place, before, now, [])
    assert (made / "much").read_text() == "a day's work\n"
    assert own.read_text() == "second\n"
    assert (place.scope / ".gitignore").exists()


def test_nothing_is_put_back_over_a_tracked_file_that_is_too_large_to_be_seen(
    place: ReviewPlace, settings: LazySettings
) -> None:
    (place.scope / "a.txt").write_text("before\n")
    before = take_snapshot(place).tree
    settings.REVIEW_FILE_MAX_BYTES = 20
    large = "a day's work\n" * 10
    (place.scope / "a.txt").write_text(large)
    with pytest.raises(GitFailed, match="left out as too large"):
        restore(place, before, take_snapshot(place).tree, ["a.txt"])
    assert (place.scope / "a.txt").read_text() == large


def test_a_file_comes_back_where_a_directory_of_seen_files_stands(
    place: ReviewPlace,
) -> None:
    made = place.scope / "made"
    made.write_text("a file\n")
    before = take_snapshot(place).tree
    made.unlink()
    made.mkdir()
    (made / "b").write_text("below\n")
    after = take_snapshot(place).tree
    restore(place, before, after, [])
    assert made.read_text() == "a file\n"
    restore(place, after, before, [])
    assert (made / "b").read_text() == "below\n"
