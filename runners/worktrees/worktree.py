from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Self

from runners.worktrees.git import Git
from sessions_app.models import AgentSession


@dataclass(frozen=True, slots=True)
class Worktree:
    """A session's own git worktree, on its own branch.

    `repository` and `git_dir` are git's directories at the time of creation. Git never
    reads the worktree's own `.git` file, because the agent can write it.
    """

    path: str
    branch: str
    base: str  # the commit it was created from
    repository: str  # git directory shared by all worktrees
    git_dir: str  # git directory of this worktree
    subdirectory: str = ""  # of the worktree, in which the session works
    project: str = ""  # the directory that the session was started in
    onto: str = ""  # the branch that was checked out there; "": none, or not known
    added: int = 0  # lines added since `base`
    removed: int = 0
    files: int = 0

    @classmethod
    def of(cls, session: AgentSession) -> Self | None:
        """Read a session's worktree; None if it has none or it was removed."""
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
        """Git in this worktree. Raises GitFailed."""
        return Git.at(Path(self.path), GIT_DIR=self.git_dir, GIT_WORK_TREE=self.path)

    def open_repository(self) -> Git:
        """Git in the repository that the worktree belongs to. Raises GitFailed."""
        return Git.at(Path(self.repository), GIT_DIR=self.repository)
