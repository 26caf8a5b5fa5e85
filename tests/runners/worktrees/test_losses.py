import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from runners.worktrees.losses import losses
from runners.worktrees.removal import remove_worktree
from runners.worktrees.worktree import Worktree
from tests.runners.worktrees.repositories import commit_all, git

Work = Callable[[Path], object]  # what was done in the tree


def untracked(tree: Path) -> None:
    (tree / "new.txt").write_text("x\n")


def ignored(tree: Path) -> None:
    (Path(git(tree, "rev-parse", "--git-common-dir")) / "info").mkdir(exist_ok=True)
    exclude = Path(git(tree, "rev-parse", "--git-common-dir"), "info", "exclude")
    exclude.write_text("out/\n")
    (tree / "out").mkdir()
    (tree / "out" / "result.csv").write_text("three hours of work\n")


def staged_then_undone(tree: Path) -> None:
    (tree / "a.txt").write_text("staged\n")
    git(tree, "add", "a.txt")
    (tree / "a.txt").write_text("one\ntwo\n")


def unlooked(flag: str) -> Work:
    def work(tree: Path) -> None:
        git(tree, "update-index", flag, "a.txt")
        (tree / "a.txt").write_text("changed\n")

    return work


def detached(tree: Path) -> None:
    git(tree, "checkout", "-q", "--detach")
    commit_all(tree, "hours of work")


def left_behind(tree: Path) -> None:
    """A commit that only the reflog of HEAD knows."""
    detached(tree)
    git(tree, "checkout", "-q", "ringside/s_abc")


def amended(tree: Path) -> None:
    """A first version that only reflogs know, of a commit that is on main."""
    commit_all(tree, "first version")
    git(tree, "commit", "-q", "--amend", "--allow-empty", "-m", "second version")
    git(tree, "update-ref", "refs/heads/main", "HEAD")


def rebase_half_done(tree: Path) -> None:
    (tree / "a.txt").write_text("ours\n")
    ours = commit_all(tree, "ours")
    git(tree, "checkout", "-q", "--detach", "HEAD~1")
    (tree / "a.txt").write_text("theirs\n")
    commit_all(tree, "theirs")
    git(tree, "checkout", "-q", "ringside/s_abc")
    try:
        git(tree, "rebase", "-q", "HEAD@{1}", ours)
    except Exception:  # noqa: BLE001 it stops at the conflict
        git(tree, "checkout", "-q", "--theirs", "a.txt")


def stashed_on_a_detached_head(tree: Path) -> None:
    detached(tree)
    (tree / "a.txt").write_text("stashed\n")
    git(tree, "stash")
    git(tree, "checkout", "-q", "ringside/s_abc")


def kept_by_a_reference_of_the_tree(tree: Path) -> None:
    """A commit that no log knows: git keeps refs/worktree for each tree apart."""
    made = git(tree, "commit-tree", "HEAD^{tree}", "-m", "set aside")
    git(tree, "update-ref", "refs/worktree/aside", made)


def picking(tree: Path) -> None:
    """A cherry-pick that stopped at a conflict, which was then resolved as ours."""
    (tree / "a.txt").write_text("ours\n")
    ours = commit_all(tree, "ours")
    git(tree, "checkout", "-q", "-B", "theirs", "HEAD~1")
    (tree / "a.txt").write_text("theirs\n")
    commit_all(tree, "theirs")
    try:
        git(tree, "cherry-pick", ours)
    except Exception:  # noqa: BLE001 it stops at the conflict
        git(tree, "checkout", "-q", "HEAD", "--", "a.txt")


def bisecting(tree: Path) -> None:
    commit_all(tree, "good")
    commit_all(tree, "bad")
    git(tree, "bisect", "start", "HEAD", "HEAD~2")
    git(tree, "update-ref", "refs/heads/main", "ringside/s_abc")


def executable(tree: Path) -> None:
    (tree / "a.txt").chmod(0o755)


def fetched(tree: Path) -> None:
    other = tree.parent / "other"
    git(tree, "clone", "-q", str(tree), str(other))
    commit_all(other, "from elsewhere")
    git(tree, "fetch", "-q", str(other), "HEAD")


def own_repository(tree: Path) -> None:
    (tree / ".git").unlink()
    git(tree, "init", "-q")
    commit_all(tree, "in another repository")


def nested_repository(tree: Path) -> None:
    git(tree, "init", "-q", "nested")
    commit_all(tree / "nested", "below")


def moved(tree: Path) -> None:
    git(tree, "worktree", "move", str(tree), str(tree.parent / "moved"))


def locked(tree: Path) -> None:
    git(tree, "worktree", "lock", "--reason", "mine", str(tree))


def forgotten(tree: Path) -> None:
    shutil.rmtree(git(tree, "rev-parse", "--absolute-git-dir"))


def repository_moved(tree: Path) -> None:
    common = Path(git(tree, "rev-parse", "--git-common-dir"))
    common.parent.rename(common.parent.with_name("renamed"))


HOLDS: list[tuple[Work, str]] = [
    (lambda tree: (tree / "a.txt").write_text("2\n"), "1 uncommitted change (a.txt)"),
    (untracked, "1 new file (new.txt)"),
    (ignored, "1 ignored file (out/)"),
    (staged_then_undone, "1 uncommitted change (a.txt)"),
    (unlooked("--assume-unchanged"), "told not to look at (a.txt)"),
    (unlooked("--skip-worktree"), "told not to look at (a.txt)"),
    (lambda tree: commit_all(tree, "work"), "1 commit that no other branch or tag"),
    (detached, "hours of work)"),
    (left_behind, "hours of work)"),
    (amended, "first version)"),
    (rebase_half_done, "a rebase is half done"),
    (rebase_half_done, "2 commits that no other branch or tag keeps"),
    (stashed_on_a_detached_head, "hours of work)"),
    (kept_by_a_reference_of_the_tree, "set aside)"),
    (picking, "a cherry-pick is half done"),
    (bisecting, "a bisection is half done"),
    (executable, "1 uncommitted change (a.txt)"),
    (fetched, "from elsewhere)"),
    (own_repository, "no longer the one that git made"),
    (nested_repository, "1 new file (nested/)"),
    (moved, "it was moved elsewhere"),
    (locked, "somebody has locked it"),
    (forgotten, "its files cannot be compared"),
    (repository_moved, "nobody can tell what is only here"),
]


@pytest.mark.parametrize(("work", "said"), HOLDS)
def test_what_is_only_in_a_tree_is_named(
    worktree: Worktree, work: Work, said: str
) -> None:
    assert losses(worktree) == []
    work(Path(worktree.path))
    found = losses(worktree)
    assert any(said in loss for loss in found), found
    # By force it goes all the same, and nothing is in the way.
    remove_worktree(worktree)
    assert not Path(worktree.path).exists()


def merged(tree: Path) -> None:
    commit_all(tree, "work")
    git(tree, "update-ref", "refs/heads/main", "HEAD")


def renamed(tree: Path) -> None:
    git(tree, "branch", "-m", "feature/login")
    commit_all(tree, "work")


def tagged(tree: Path) -> None:
    detached(tree)
    git(tree, "tag", "-a", "v1", "-m", "v1")


def another_branch(tree: Path) -> None:
    git(tree, "checkout", "-q", "-b", "feature")
    commit_all(tree, "work")


def stashed(tree: Path) -> None:
    (tree / "a.txt").write_text("stashed\n")
    git(tree, "stash")


def removed_by_hand(tree: Path) -> None:
    shutil.rmtree(tree)


def all_removed_by_hand(tree: Path) -> None:
    common = Path(git(tree, "rev-parse", "--git-common-dir"))
    shutil.rmtree(common.parent)
    shutil.rmtree(tree)


@pytest.mark.parametrize(
    "work",
    [merged, renamed, tagged, another_branch, stashed, removed_by_hand,
     all_removed_by_hand],
)  # fmt: skip
def test_what_is_kept_elsewhere_is_no_loss(
    repository: Path, worktree: Worktree, work: Work
) -> None:
    work(Path(worktree.path))
    assert losses(worktree) == []
    before = everything(repository)
    assert remove_worktree(worktree) == ""
    assert not Path(worktree.path).exists()
    assert everything(repository) == before
    if repository.exists():
        assert "ringside" not in git(repository, "worktree", "list")
        assert git(repository, "branch", "--list", "ringside/*") == ""


def test_a_branch_that_another_tree_has_checked_out_stays(
    repository: Path, worktree: Worktree
) -> None:
    git(Path(worktree.path), "checkout", "-q", "--detach")
    git(repository, "checkout", "-q", worktree.branch)
    assert losses(worktree) == []
    assert remove_worktree(worktree) == worktree.branch
    assert git(repository, "branch", "--show-current") == worktree.branch


def test_trees_of_others_keep_their_place(
    repository: Path, worktree: Worktree, tmp_path: Path
) -> None:
    """One on a disk that is away just now is not there for git."""
    git(repository, "worktree", "add", "-q", "--detach", str(tmp_path / "usb"))
    (tmp_path / "usb").rename(tmp_path / "unplugged")
    shutil.rmtree(worktree.path)
    remove_worktree(worktree)
    (tmp_path / "unplugged").rename(tmp_path / "usb")
    assert git(tmp_path / "usb", "status", "--porcelain") == ""


def test_directories_without_write_permission_go_as_well(worktree: Worktree) -> None:
    cache = Path(worktree.path) / "cache"
    (cache / "deep").mkdir(parents=True)
    (cache / "deep" / "file").write_text("")
    (cache / "deep").chmod(0o500)
    cache.chmod(0o500)
    remove_worktree(worktree)
    assert not Path(worktree.path).exists()


def everything(repository: Path) -> set[str]:
    """The commits that a person finds by any branch, tag or stash but the session's."""
    if not repository.exists():
        return set()
    own = "--exclude=refs/heads/ringside/*"
    return set(git(repository, "rev-list", own, "--all").split())
