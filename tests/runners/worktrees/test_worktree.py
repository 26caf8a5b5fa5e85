import subprocess
from pathlib import Path

import pytest
from django.conf import LazySettings

from runners.worktrees.git import GitFailed
from runners.worktrees.worktree import (
    Worktree,
    create_worktree,
    diffstat,
    remove_worktree,
    unsaved,
)
from sessions_app.models import AgentSession


def git(where: Path, *words: str) -> str:
    identity = ("-c", "user.name=T", "-c", "user.email=t@example.org")
    command = ["git", *identity, *words]
    done = subprocess.run(
        command, cwd=where, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    path = tmp_path / "repository"
    (path / "below").mkdir(parents=True)
    (path / "a.txt").write_text("one\ntwo\n")
    (path / "below" / "b.txt").write_text("b\n")
    git(path, "init", "-q", "-b", "main")
    git(path, "add", "-A")
    git(path, "commit", "-qm", "begin")
    return path


@pytest.fixture
def worktree(repository: Path, settings: LazySettings, tmp_path: Path) -> Worktree:
    settings.WORKTREES_DIR = tmp_path / "worktrees"
    return create_worktree(AgentSession(id="s_abc", workdir=str(repository / "below")))


def test_a_session_works_in_a_branch_of_its_own(
    repository: Path, worktree: Worktree
) -> None:
    (Path(worktree.workdir) / "b.txt").write_text("changed\n")
    assert (repository / "below" / "b.txt").read_text() == "b\n"
    assert git(Path(worktree.path), "branch", "--show-current") == "ringside/s_abc"
    assert worktree.base == git(repository, "rev-parse", "main")
    assert worktree.workdir == f"{worktree.path}/below"


def test_the_diffstat_counts_what_is_committed_changed_and_new(
    worktree: Worktree,
) -> None:
    path = Path(worktree.path)
    assert diffstat(worktree) == worktree
    (path / "a.txt").write_text("one\n2\n3\n")
    git(path, "commit", "-qam", "more")
    (path / "new.txt").write_text("x\ny\n")
    (path / "blob").write_bytes(b"\0" * 100)
    (path / "out").symlink_to("/etc/passwd")
    counted = diffstat(worktree)
    assert (counted.added, counted.removed, counted.files) == (4, 1, 4)


def test_what_would_be_lost_is_said(repository: Path, worktree: Worktree) -> None:
    path = Path(worktree.path)
    assert unsaved(worktree) == ""
    (path / "new.txt").write_text("x\n")
    assert "uncommitted" in unsaved(worktree)
    git(path, "add", "-A")
    git(path, "commit", "-qm", "new")
    assert "1 commits" in unsaved(worktree)
    git(repository, "merge", "-q", worktree.branch)
    assert unsaved(worktree) == ""


def test_a_worktree_goes_with_its_branch(repository: Path, worktree: Worktree) -> None:
    remove_worktree(worktree)
    assert not Path(worktree.path).exists()
    assert worktree.branch not in git(repository, "branch", "--list")


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
    diffstat(worktree)
    unsaved(worktree)
    assert not touch.exists()


def test_a_directory_without_git_says_so(
    settings: LazySettings, tmp_path: Path
) -> None:
    settings.WORKTREES_DIR = tmp_path / "worktrees"
    with pytest.raises(GitFailed, match="needs a git repository"):
        create_worktree(AgentSession(id="s_abc", workdir=str(tmp_path)))
