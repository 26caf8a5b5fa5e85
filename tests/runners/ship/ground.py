from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from runners.review.place import ReviewPlace
from runners.review.remotes import note_remotes
from runners.ship.merge import Merge, Merged, merge
from runners.ship.session_branch import SessionBranch
from runners.worktrees.creation import create_worktree
from runners.worktrees.worktree import Worktree
from sessions_app.models import AgentSession
from tests.runners.worktrees.repositories import commit_all, git


@dataclass(frozen=True)
class Ground:
    """A repository on `main`, and a session's worktree of it."""

    repository: Path
    session: AgentSession
    worktree: Worktree
    place: ReviewPlace

    @classmethod
    def of(cls, repository: Path) -> "Ground":
        session = AgentSession(id="s_abc", workdir=str(repository))
        worktree = create_worktree(session)
        session.worktree = worktree.as_row()
        place = ReviewPlace.of(session)
        assert place is not None
        note_remotes(place)
        return cls(repository, session, worktree, place)

    @property
    def tree(self) -> Path:
        return Path(self.worktree.path)

    @property
    def head(self) -> str:
        return git(self.tree, "rev-parse", "HEAD")

    @property
    def main(self) -> str:
        return git(self.repository, "rev-parse", "main")

    def work(self, name: str, text: str, message: str = "work") -> str:
        """Commit a file in the session's worktree."""
        (self.tree / name).write_text(text)
        return commit_all(self.tree, message)

    def advance(self, name: str, text: str) -> str:
        """Commit a file on `main`."""
        (self.repository / name).write_text(text)
        return commit_all(self.repository, "meanwhile")

    def branch(self) -> SessionBranch:
        return SessionBranch.of(self.session, self.head)

    def merge(
        self,
        how: Literal["forward", "commit"] = "commit",
        busy: tuple[Path, ...] = (),
    ) -> Merged:
        return merge(self.branch(), Merge(how, "", "ada", busy))


def state(repository: Path) -> tuple[str, str, str]:
    """All that a refused act must leave as it was."""
    return (
        git(repository, "for-each-ref"),
        git(repository, "status", "--porcelain", "--ignored"),
        git(repository, "ls-files", "--stage"),
    )
