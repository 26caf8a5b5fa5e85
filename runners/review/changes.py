from dataclasses import dataclass

from runners.review.branch import branch_state
from runners.review.comparison import Difference, compare
from runners.review.place import ReviewPlace
from runners.review.snapshot import Snapshot, take_snapshot
from runners.worktrees.git import Git
from sessions_app.protocol.fields.branch_state import BranchState
from sessions_app.protocol.review_events import WorkdirChanges

NEW_BASE = "the state in which the session began is not on this machine"


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs in a directory from the base, and from the state before."""

    base: str
    seen: Snapshot
    note: str
    whole: list[Difference]
    turn: list[Difference]  # empty where it would equal `whole`
    ship: BranchState | None = None


def find_changes(place: ReviewPlace, last: WorkdirChanges | None) -> Changes | None:
    """Compare a directory as it is now; None if it is as the last event says.

    Raises GitFailed.
    """
    seen = take_snapshot(place)
    git = place.open()
    ship = branch_state(place, seen)
    base, note = place.commit or seen.tree, seen.note
    if last is not None:
        # A rebase gives a worktree another base than the last event's.
        known = next((b for b in (place.commit, last.base) if _is_here(git, b)), "")
        base = known or base
        if not known:
            note = "; ".join(filter(None, (note, NEW_BASE)))
        said = (last.tree, last.head, last.branch, last.note, last.base, last.ship)
        if said == (seen.tree, seen.head, seen.branch, note, base, ship):
            return None
    whole = compare(git, base, seen.tree)
    before = last.tree if last else base
    is_same = before == base or not git.succeeds("cat-file", "-e", before)
    turn = [] if is_same else compare(git, before, seen.tree)
    return Changes(base, seen, note, whole, turn, ship)


def _is_here(git: Git, commit: str) -> bool:
    return bool(commit) and git.succeeds("cat-file", "-e", commit)
