from runners.review.forge import forge_tool
from runners.review.place import ReviewPlace
from runners.review.remotes import (
    Remote,
    current_remotes,
    remotes_of,
    why_no_push,
)
from runners.review.snapshot import Snapshot
from runners.worktrees.git import Git, GitFailed
from sessions_app.protocol.fields.branch_state import BranchState, RemoteState

NAMES = ("diff-tree", "-r", "-z", "--name-only", "--no-renames")


def branch_state(place: ReviewPlace, seen: Snapshot) -> BranchState | None:
    """Say how the session's branch stands; None where nothing is checked out.

    Raises GitFailed.
    """
    if not seen.head:
        return None
    git = place.open()
    base = f"refs/heads/{place.onto}" if place.onto else ""
    onto = tip_of(git, base) if base else ""
    ahead, behind = _apart(git, onto, seen.head) if onto else (0, 0)
    return BranchState(
        onto=place.onto if onto else "",
        onto_commit=onto,
        ahead=ahead,
        behind=behind,
        uncommitted=_uncommitted(git, seen),
        remotes=_remotes(place),
    )


def tip_of(git: Git, ref: str) -> str:
    """The commit of a branch; "" if there is no such branch."""
    found = git.outcome("rev-parse", "-q", "--verify", f"{ref}^{{commit}}")
    return found.out.strip() if found.code == 0 else ""


def _apart(git: Git, onto: str, head: str) -> tuple[int, int]:
    counted = git.line("rev-list", "--left-right", "--count", f"{onto}...{head}")
    behind, ahead = map(int, counted.split())
    return ahead, behind


def _uncommitted(git: Git, seen: Snapshot) -> int:
    listed = git.run(*NAMES, f"{seen.head}^{{tree}}", seen.tree)
    return listed.count("\0")


def _remotes(place: ReviewPlace) -> list[RemoteState]:
    try:
        known, now = remotes_of(place), current_remotes(place)
    except GitFailed:
        return []
    return [_state(remote, now) for remote in known]


def _state(remote: Remote, now: list[Remote]) -> RemoteState:
    no_push = why_no_push(remote, now)
    tool, no_request = forge_tool(remote)
    return RemoteState(
        name=remote.name,
        url=remote.shown,
        no_push=no_push,
        tool=tool,
        no_request=no_push or no_request,
    )
