"""What two branches say differently of one file, so that git cannot merge them."""

from typing import Literal

import msgspec

from sessions_app.protocol.wire import WireValue

ConflictKind = Literal[
    "both_changed", "both_added", "deleted_there", "deleted_here", "other"
]


class ConflictHunk(WireValue, frozen=True, kw_only=True):
    """One place of a file; `line` is that of the merged text, its marks included."""

    line: int
    there: str = ""  # of the branch that the session began from
    here: str = ""  # of the session's branch


class ConflictFile(WireValue, frozen=True, kw_only=True):
    """A file in conflict; binary ones, and those that one side deleted, have no hunks.

    `path` is written as in a `ChangedPath`. `left_out` counts the hunks not listed.
    """

    path: str
    kind: ConflictKind = "both_changed"
    binary: bool = False
    hunks: list[ConflictHunk] = msgspec.field(default_factory=list)
    left_out: int = 0
