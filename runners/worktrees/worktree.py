from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Self

from runners.worktrees.git import Git
from sessions_app.models import AgentSession


@dataclass(frozen=True, slots=True)
class Worktree:
    """A session's own working tree, on a branch of its own.

    `repository` and `git_dir` are git's directories as they were when the tree was
    made. The tree's own `.git` file is the agent's to write, so git never reads it.
    """

    path: str
    branch: str
    base: str  # the commit it began at
    repository: str  # git's directory that all trees of the repository share
    git_dir: str  # git's directory of this tree alone
    subdirectory: str = ""  # of the tree, in which the session works
    project: str = ""  # the directory that the session was started in
    added: int = 0  # lines since base
    removed: int = 0
    files: int = 0

    @classmethod
    def of(cls, session: AgentSession) -> Self | None:
        """Read a session's worktree; None if it has none, or its tree was removed."""
        row: dict[str, Any] = session.worktree
        if not row.get("git_dir") or row.get("gone"):
            return None
        return cls(**{f.name: row[f.name] for f in fields(cls) if f.name in row})

    def as_row(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def workdir(self) -> str:
        return str(Path(self.path) / self.subdirectory)

    def open(self) -> Git:
        """Git in this tree. Raises GitFailed."""
        return Git.at(Path(self.path), GIT_DIR=self.git_dir, GIT_WORK_TREE=self.path)

    def open_repository(self) -> Git:
        """Git in the repository that the tree belongs to. Raises GitFailed."""
        return Git.at(Path(self.repository), GIT_DIR=self.repository)
