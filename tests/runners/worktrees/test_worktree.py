from pathlib import Path

import pytest

from runners.worktrees.creation import create_worktree
from runners.worktrees.git import GitFailed
from runners.worktrees.losses import losses
from runners.worktrees.worktree import Worktree
from sessions_app.models import AgentSession
from tests.runners.worktrees.repositories import compared, git


def test_a_session_works_in_a_branch_of_its_own(
    repository: Path, worktree: Worktree
) -> None:
    (Path(worktree.workdir) / "b.txt").write_text("changed\n")
    assert (repository / "below" / "b.txt").read_text() == "b\n"
    assert git(Path(worktree.path), "branch", "--show-current") == "ringside/s_abc"
    assert worktree.base == git(repository, "rev-parse", "main")
    assert worktree.workdir == f"{worktree.path}/below"
    assert worktree.project == str(repository / "below")


def test_what_is_committed_changed_and_new_differs_from_the_base(
    worktree: Worktree,
) -> None:
    path = Path(worktree.path)
    assert compared(worktree).whole == []
    (path / "a.txt").write_text("one\n2\n3\n")
    git(path, "commit", "-qam", "more")
    (path / "new.txt").write_text("x\ny\n")
    (path / "blob").write_bytes(b"\0" * 100)
    (path / "out").symlink_to("/etc/passwd")
    paths = [one.path for one in compared(worktree).whole]
    assert [one.path for one in paths] == ["a.txt", "blob", "new.txt", "out"]
    assert [(one.added, one.removed) for one in paths] == [
        (2, 1),
        (0, 0),
        (2, 0),
        (1, 0),
    ]


def test_what_an_agent_puts_into_its_git_file_is_not_believed(
    worktree: Worktree, tmp_path: Path
) -> None:
    path = Path(worktree.path)
    evil = path / "evil"
    git(path, "init", "-q", str(evil))
    touch = tmp_path / "ran"
    for name in ("core.fsmonitor", "diff.external"):
        git(evil, "config", name, f"touch {touch}; false")
    (path / ".git").write_text(f"gitdir: {evil / '.git'}\n")
    (path / "a.txt").write_text("changed\n")
    compared(worktree)
    assert any("no longer the one that git made" in loss for loss in losses(worktree))
    assert not touch.exists()


@pytest.mark.parametrize(
    ("there", "branch"),
    [
        ("ringside", "ringside-s_abc"),
        ("RINGSIDE", "ringside-s_abc"),
        ("ringside/s_abc", "ringside/s_abc-2"),
    ],
)
def test_a_branch_of_the_same_name_is_no_obstacle(
    repository: Path, worktrees: Path, there: str, branch: str
) -> None:
    git(repository, "commit", "-q", "--allow-empty", "-m", "another")
    git(repository, "branch", there, "HEAD~1")
    worktree = create_worktree(AgentSession(id="s_abc", workdir=str(repository)))
    assert worktree.branch == branch
    assert git(Path(worktree.path), "branch", "--show-current") == branch


def test_a_tree_that_a_dead_runner_left_half_made_is_made_anew(
    repository: Path, worktree: Worktree
) -> None:
    (Path(worktree.path) / "a.txt").unlink()
    again = create_worktree(AgentSession(id="s_abc", workdir=str(repository)))
    assert again.branch == worktree.branch
    assert (Path(again.path) / "a.txt").read_text() == "one\ntwo\n"


def test_a_directory_that_no_commit_holds_is_there_all_the_same(
    repository: Path, worktrees: Path
) -> None:
    (repository / "new" / "deep").mkdir(parents=True)
    session = AgentSession(id="s_abc", workdir=str(repository / "new" / "deep"))
    assert Path(create_worktree(session).workdir).is_dir()


def no_git(path: Path) -> Path:
    path.mkdir()
    return path


def no_commit(path: Path) -> Path:
    path.mkdir()
    git(path, "init", "-q")
    return path


def bare(path: Path) -> Path:
    path.mkdir()
    git(path, "init", "-q", "--bare")
    return path


def broken(path: Path) -> Path:
    (no_commit(path) / ".git" / "config").write_text("[core\n")
    return path


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (no_git, r"a commit: \S+/place is in none"),
        (no_commit, "has none yet, make a first one"),
        (bare, "it is a bare repository: clone it first"),
        (broken, "bad config line 1 in file .git/config"),
    ],
)
def test_where_no_worktree_can_be_a_sentence_says_why(
    worktrees: Path, tmp_path: Path, make: object, why: str
) -> None:
    assert callable(make)
    place = make(tmp_path / "place")
    with pytest.raises(GitFailed, match=why) as failed:
        create_worktree(AgentSession(id="s_abc", workdir=str(place)))
    assert "fatal" not in str(failed.value)
