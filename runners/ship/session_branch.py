from dataclasses import dataclass
from pathlib import Path
from typing import Self

from runners.review.branch import tip_of
from runners.ship.commit import check_rest
from runners.worktrees.git import Git, GitFailed
from runners.worktrees.worktree import Worktree
from sessions_app.models import AgentSession

MOVED = "the branch has other commits than those that were looked at: look again"
NO_WORKTREE = "the session has no worktree of its own, so there is no branch to merge"
NO_BASE = "the worktree was made from no branch, so there is none to go back to"


@dataclass(frozen=True, slots=True)
class SessionBranch:
    """What a session's worktree has checked out, and the branch that it began from."""

    worktree: Worktree
    repository: Git
    head: str
    onto: str  # name of a branch
    onto_commit: str

    @classmethod
    def of(cls, session: AgentSession, seen: str) -> Self:
        """Find the branch; `seen` is the commit that the person looked at.

        Raises GitFailed.
        """
        worktree = Worktree.of(session)
        if worktree is None:
            raise GitFailed(NO_WORKTREE)
        if not worktree.onto:
            raise GitFailed(NO_BASE)
        check_rest(Path(worktree.git_dir))
        check_head(worktree.open(), seen)
        repository = worktree.open_repository()
        tip = tip_of(repository, f"refs/heads/{worktree.onto}")
        if not tip:
            raise GitFailed(f"there is no branch {worktree.onto} any more")
        return cls(worktree, repository, seen, worktree.onto, tip)

    def is_merged(self, commit: str, into: str) -> bool:
        return self.repository.succeeds("merge-base", "--is-ancestor", commit, into)


def check_head(git: Git, seen: str) -> None:
    """Refuse if something else is checked out than was looked at. Raises GitFailed."""
    if not seen or tip_of(git, "HEAD") != seen:
        raise GitFailed(MOVED)
