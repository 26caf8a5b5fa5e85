import subprocess
from pathlib import Path

IDENTITY = ("-c", "user.name=T", "-c", "user.email=t@example.org")


def git(where: Path, *words: str) -> str:
    """Run git as a person does."""
    done = subprocess.run(
        ["git", *IDENTITY, *words],
        cwd=where,
        check=True,
        capture_output=True,
        text=True,
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
