from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from django.conf import settings

from runners.worktrees.git import GitFailed, git
from sessions_app.models import AgentSession

LINES_MAX_BYTES = 1_000_000  # of a new file whose lines are counted
NEW_FILES_MAX = 1_000  # that git does not know yet, likewise


@dataclass(frozen=True, slots=True)
class Worktree:
    """A session's own working tree, on a branch of its own.

    `repository` and `git_dir` are git's own directories, as they were when it was
    made: the `.git` in the tree is the agent's to write, and so is never believed.
    """

    path: str
    branch: str
    base: str  # the commit it began at
    repository: str
    git_dir: str
    subdirectory: str = ""  # of the repository, in which the session works
    added: int = 0  # lines since base
    removed: int = 0
    files: int = 0

    @classmethod
    def of(cls, session: AgentSession) -> Self | None:
        """Read a session's worktree; None where it has none (any more)."""
        said: dict[str, Any] = session.worktree
        if not said.get("git_dir") or said.get("gone"):
            return None
        return cls(**said)

    def as_row(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def workdir(self) -> str:
        return str(Path(self.path) / self.subdirectory)

    def git(self, *words: str) -> str:
        """Run git on this tree. Raises GitFailed."""
        env = {"GIT_DIR": self.git_dir, "GIT_WORK_TREE": self.path}
        return git(*words, cwd=Path(self.path), env=env)


def create_worktree(session: AgentSession) -> Worktree:
    """Make a session's worktree from the repository that its workdir is in.

    Raises GitFailed.
    """
    workdir = Path(session.workdir)
    try:
        top = Path(git("rev-parse", "--show-toplevel", cwd=workdir).strip())
        head = git("rev-parse", "--verify", "HEAD^{commit}", cwd=workdir).strip()
    except GitFailed as error:
        raise GitFailed(
            f"a worktree needs a git repository with a commit: {error}"
        ) from None
    common = git("rev-parse", "--path-format=absolute", "--git-common-dir", cwd=workdir)
    path: Path = settings.WORKTREES_DIR / session.id
    branch = f"ringside/{session.id}"
    if not path.exists():  # else a runner died right after it had made it
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        git("worktree", "add", "-q", "-b", branch, str(path), head, cwd=top)
    own = git("rev-parse", "--path-format=absolute", "--git-dir", cwd=path).strip()
    below = str(workdir.resolve().relative_to(top.resolve()))
    return Worktree(
        path=str(path),
        branch=branch,
        base=head,
        repository=common.strip(),
        git_dir=own,
        subdirectory="" if below == "." else below,
    )


def diffstat(worktree: Worktree) -> Worktree:
    """Count what has changed since its base, committed or not. Raises GitFailed."""
    counts = worktree.git(
        "diff", "--numstat", "--no-ext-diff", "--no-textconv", "--no-renames",
        "--ignore-submodules=all", worktree.base, "--",
    ).splitlines()  # fmt: skip
    rows = [line.split("\t")[:2] for line in counts]
    new = worktree.git("ls-files", "--others", "--exclude-standard", "-z").split("\0")
    new = [name for name in new if name]
    added = sum(_number(row[0]) for row in rows)
    added += sum(_lines(Path(worktree.path) / name) for name in new[:NEW_FILES_MAX])
    removed = sum(_number(row[1]) for row in rows)
    return Worktree(
        **worktree.as_row()
        | {"added": added, "removed": removed, "files": len(rows) + len(new)}
    )


def unsaved(worktree: Worktree) -> str:
    """Say what would be lost with the worktree and its branch; "" for nothing.

    Raises GitFailed.
    """
    if Path(worktree.path).is_dir() and worktree.git("status", "--porcelain"):
        return "it has uncommitted changes"
    count = git(
        "rev-list", "--count", worktree.branch, "--not", worktree.base,
        f"--exclude={worktree.branch}", "--branches", "--remotes",
        cwd=Path(worktree.repository),
    ).strip()  # fmt: skip
    return "" if count == "0" else f"{count} commits of it are on no other branch"


def remove_worktree(worktree: Worktree) -> None:
    """Remove the tree and its branch, whatever is in them. Raises GitFailed."""
    repository = Path(worktree.repository)
    if Path(worktree.path).exists():
        git("worktree", "remove", "--force", worktree.path, cwd=repository)
    else:
        git("worktree", "prune", cwd=repository)
    git("branch", "-q", "-D", worktree.branch, cwd=repository)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0  # "-": a binary file


def _lines(path: Path) -> int:
    try:
        if path.is_symlink() or path.stat().st_size > LINES_MAX_BYTES:
            return 0
        data = path.read_bytes()
    except OSError:
        return 0
    return 0 if b"\0" in data else len(data.splitlines())
