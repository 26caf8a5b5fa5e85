from pathlib import Path

from runners.review.place import ReviewPlace
from runners.review.snapshot import stage, take_snapshot
from runners.ship.identity import identified
from runners.ship.restore import CHANGED_SINCE
from runners.worktrees.git import Git, GitFailed
from runners.worktrees.losses import HALF_DONE


def commit(place: ReviewPlace, message: str, seen: str, by: str) -> str:
    """Commit all of the directory, as it was seen; returns the commit's id.

    No hook runs, and nothing is signed. `seen` is the tree that the person looked at.
    Raises GitFailed, with nothing committed.
    """
    check_rest(place.git_dir)
    if take_snapshot(place).tree != seen:
        raise GitFailed(CHANGED_SINCE)
    git = identified(place.open_repository(), by)
    stage(git, place.scope)
    tree = git.line("write-tree")
    head = git.line("rev-parse", "-q", "--verify", "HEAD") if _has_head(git) else ""
    if head and git.line("rev-parse", f"{head}^{{tree}}") == tree:
        raise GitFailed("nothing has changed since the last commit")
    parents = ("-p", head) if head else ()
    made = git.run("commit-tree", tree, *parents, "-F", "-", stdin=message).strip()
    subject = message.strip().partition("\n")[0]
    git.run("update-ref", "-m", f"commit: {subject}", "HEAD", made, head or "0" * 40)
    return made


def check_rest(git_dir: Path) -> None:
    """Refuse where a merge or the like waits for a person. Raises GitFailed."""
    for name, words in HALF_DONE.items():
        if (git_dir / name).exists():
            raise GitFailed(f"{words}: finish it first")


def _has_head(git: Git) -> bool:
    return git.succeeds("rev-parse", "-q", "--verify", "HEAD")
