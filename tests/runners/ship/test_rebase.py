import pytest

from runners.ship.act import ErrandAct
from runners.ship.rebase import Rebased, RebaseStopped, rebase
from runners.worktrees.git import GitFailed
from sessions_app.protocol.commands import RebaseBranch
from sessions_app.protocol.review_events import BranchRebased
from tests.runners.ship.ground import Ground, state
from tests.runners.worktrees.repositories import commit_all, git


def rebased(ground: Ground) -> Rebased:
    return rebase(ground.place, ground.branch(), "ada")


def test_commits_follow_the_other_branch_with_their_authors_and_words(
    ground: Ground,
) -> None:
    ground.work("x.txt", "x\n", "First\n\nBecause.")
    git(ground.tree, "commit", "-q", "--amend", "--no-edit", "--author=Ada <a@b.c>")
    ground.work("y.txt", "y\n", "Second")
    wanted = git(ground.tree, "log", "-2", "--format=%an %ae %at %B")
    main = ground.advance("a.txt", "one\ntwo\nthree\n")
    done = rebased(ground)
    assert (done.base, done.commit) == (main, ground.head)
    assert git(ground.tree, "rev-parse", "HEAD~2") == main
    assert git(ground.tree, "log", "-2", "--format=%an %ae %at %B") == wanted
    assert git(ground.tree, "status", "--porcelain") == ""
    assert (ground.tree / "a.txt").read_text() == "one\ntwo\nthree\n"
    assert git(ground.tree, "symbolic-ref", "HEAD") == "refs/heads/ringside/s_abc"
    # Done again, after a runner that died, it is done.
    assert rebased(ground) == done


def test_git_s_own_rebase_comes_to_the_same_files(ground: Ground) -> None:
    ground.work("a.txt", "zero\none\ntwo\n")
    ground.advance("same.txt", "the same\n")
    ground.work("same.txt", "the same\n")  # nothing is left of this one
    (ground.tree / "a.txt").rename(ground.tree / "moved.txt")
    commit_all(ground.tree, "move")
    ground.advance("a.txt", "one\ntwo\n\nthree\n")
    git(ground.repository, "branch", "oracle", ground.head)
    rebased(ground)
    git(ground.repository, "worktree", "add", "-q", "../oracle", "oracle")
    oracle = ground.repository.parent / "oracle"
    git(oracle, "rebase", "-q", "main")
    subjects = ("log", "--format=%s", "main..HEAD")
    assert git(ground.tree, *subjects) == git(oracle, *subjects)
    tree = ("rev-parse", "HEAD^{tree}")
    assert git(ground.tree, *tree) == git(oracle, *tree)


def test_a_commit_that_conflicts_stops_all_and_changes_nothing(ground: Ground) -> None:
    ground.work("x.txt", "x\n", "Fits")
    bad = ground.work("a.txt", "one\nof the agent\n", "Does not fit")
    ground.advance("a.txt", "one\nof a person\n")
    before = state(ground.repository), state(ground.tree)
    with pytest.raises(RebaseStopped) as caught:
        rebased(ground)
    assert (state(ground.repository), state(ground.tree)) == before
    assert (caught.value.commit, caught.value.subject) == (bad, "Does not fit")
    (file,) = caught.value.conflict.files
    assert file.hunks[0].there == "of a person"
    assert file.hunks[0].here == "of the agent"


def test_what_is_not_committed_is_not_overrun(ground: Ground) -> None:
    ground.work("x.txt", "x\n")
    ground.advance("a.txt", "of a person\n")
    (ground.tree / "a.txt").write_text("of the agent\n")
    before = state(ground.tree)
    with pytest.raises(GitFailed, match="commit or discard"):
        rebased(ground)
    assert state(ground.tree) == before


def test_a_branch_with_merges_is_not_flattened(ground: Ground) -> None:
    ground.work("x.txt", "x\n")
    ground.advance("y.txt", "y\n")
    git(ground.tree, "merge", "-q", "--no-edit", "main")
    ground.advance("z.txt", "z\n")
    with pytest.raises(GitFailed, match="merges of its own"):
        rebased(ground)


def test_what_a_runner_left_that_died_before_the_branch_moved_is_finished(
    ground: Ground,
) -> None:
    ground.work("x.txt", "x\n")
    ground.advance("y.txt", "y\n")
    wanted = git(ground.repository, "merge-tree", "--write-tree", "main", ground.head)
    git(ground.tree, "read-tree", "-m", "-u", ground.head, wanted)
    done = rebased(ground)
    assert git(ground.tree, "rev-parse", "HEAD^{tree}") == wanted
    assert ground.head == done.commit
    assert git(ground.tree, "status", "--porcelain") == ""


def test_a_rebase_whose_runner_died_before_its_log_said_so_is_told_by_the_next(
    ground: Ground,
) -> None:
    head = ground.work("x.txt", "x\n")
    main = ground.advance("a.txt", "one\ntwo\nthree\n")
    done = rebased(ground)
    ground.advance("b.txt", "later\n")
    act = ErrandAct(ground.session, [], (), "ada", "7")
    told = act.do(RebaseBranch(head=head))
    assert isinstance(told, BranchRebased)
    assert (told.head, told.base, told.commit) == (head, main, done.commit)
    assert ground.head == done.commit
    ground.work("y.txt", "y\n")
    with pytest.raises(GitFailed, match="other commits than those"):
        act.do(RebaseBranch(head=head))
