import subprocess
from pathlib import Path

from runners.review.changes import Changes, find_changes
from runners.review.place import ReviewPlace
from runners.worktrees.worktree import Worktree
from sessions_app.models import AgentSession

IDENTITY = ("-c", "user.name=T", "-c", "user.email=t@example.org")


def git(where: Path, *words: str) -> str:
    """Run git as a person does."""
    done = subprocess.run(
        ["git", *IDENTITY, *words],
        cwd=where,
        check=True,
        capture_output=True,
        text=True,
        errors="surrogateescape",
    )
    return done.stdout.strip()


def make_repository(path: Path) -> Path:
    """Make a repository of two files, one of them in a directory."""
    (path / "below").mkdir(parents=True)
    (path / "a.txt").write_text("one\ntwo\n")
    (path / "below" / "b.txt").write_text("b\n")
    git(path, "init", "-q", "-b", "main")
    commit_all(path, "begin")
    return path


def begin_repository(path: Path) -> None:
    """Make a directory that exists a repository of one file."""
    (path / "a.txt").write_text("one\n")
    git(path, "init", "-q", "-b", "main")
    commit_all(path, "begin")


def commit_all(path: Path, message: str) -> str:
    """Commit all that is there; return the commit's id."""
    git(path, "add", "-A")
    git(path, "commit", "-q", "--allow-empty", "-m", message)
    return git(path, "rev-parse", "HEAD")


def compared(worktree: Worktree) -> Changes:
    """What has changed in a worktree since its base."""
    place = ReviewPlace.of(AgentSession(id="s_abc", worktree=worktree.as_row()))
    assert place is not None
    changes = find_changes(place, None)
    assert changes is not None
    return changes
