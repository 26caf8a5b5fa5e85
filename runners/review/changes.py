from dataclasses import dataclass

from runners.review.comparison import Difference, compare
from runners.review.place import ReviewPlace
from runners.review.snapshot import Snapshot, take_snapshot
from sessions_app.protocol.events import WorkdirChanges

NEW_BASE = "the state in which the session began is not on this machine"


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs in a directory from the base, and from the state before."""

    base: str
    seen: Snapshot
    note: str
    whole: list[Difference]
    turn: list[Difference]  # empty where it would equal `whole`


def find_changes(place: ReviewPlace, last: WorkdirChanges | None) -> Changes | None:
    """Compare a directory as it is now; None if it is as the last event says.

    Raises GitFailed.
    """
    seen = take_snapshot(place)
    git = place.open()
    base, note = place.commit or seen.tree, seen.note
    if last is not None:
        if git.succeeds("cat-file", "-e", last.base):
            base = last.base
        else:
            note = "; ".join(filter(None, (note, NEW_BASE)))
        said = (last.tree, last.head, last.branch, last.note, last.base)
        if said == (seen.tree, seen.head, seen.branch, note, base):
            return None
    whole = compare(git, base, seen.tree)
    before = last.tree if last else base
    is_same = before == base or not git.succeeds("cat-file", "-e", before)
    turn = [] if is_same else compare(git, before, seen.tree)
    return Changes(base, seen, note, whole, turn)
