import re
from collections.abc import Iterable, Iterator
from itertools import groupby

from django.conf import settings

from runners.review.git_name import git_name
from runners.worktrees.git import Git, GitFailed
from sessions_app.protocol.fields.conflict import (
    ConflictFile,
    ConflictHunk,
    ConflictKind,
)

MERGE = ("merge-tree", "--write-tree", "-z", "--no-messages")
TOO_OLD = "git cannot merge without a checkout before version 2.38: update it"
# Which versions of a file exist: 1 before both, 2 there, 3 here.
KINDS: dict[str, ConflictKind] = {
    "123": "both_changed",
    "23": "both_added",
    "13": "deleted_there",
    "12": "deleted_here",
}
_THERE, _MIDDLE, _BEFORE, _HERE = (
    re.compile(rf"{re.escape(sign * 7)}( |$)") for sign in "<=|>"
)
BINARY_LOOK_BYTES = 8_000  # as git looks for a NUL


class Conflicting(Exception):
    """Two commits cannot be merged; `files` says where, `left_out` counts the rest."""

    def __init__(self, files: list[ConflictFile], left_out: int = 0) -> None:
        super().__init__("the branches conflict")
        self.files = files
        self.left_out = left_out


def merged_tree(git: Git, there: str, here: str) -> str:
    """Merge two commits into a tree, in the object store alone.

    Raises Conflicting, GitFailed.
    """
    done = git.outcome(*MERGE, there, here)
    tree, _, rest = done.out.partition("\0")
    if done.code == 0:
        return tree
    if done.code != 1:
        if "usage" in done.err:
            raise GitFailed(TOO_OLD)
        raise GitFailed(done.reason("merge-tree"))
    stages = _stages(rest)
    limit: int = settings.SHIP_CONFLICT_FILES_MAX
    files = list(_bounded(_conflicts(git, tree, stages[:limit])))
    raise Conflicting(files, len(stages) - len(files))


def _stages(listed: str) -> list[tuple[str, str]]:
    """Read the names of files, and which versions of each there are: `123`."""
    rows = [entry.partition("\t") for entry in listed.split("\0") if entry]
    return [
        (name, "".join(about.rpartition(" ")[2] for about, _, _ in versions))
        for name, versions in groupby(rows, key=lambda row: row[2])
    ]


def _conflicts(
    git: Git, tree: str, stages: list[tuple[str, str]]
) -> Iterator[ConflictFile]:
    for name, versions in stages:
        kind = KINDS.get(versions, "other")
        text = _text(git, tree, name) if kind in {"both_changed", "both_added"} else ""
        yield ConflictFile(
            path=git_name(name),
            kind=kind,
            binary=text is None,
            hunks=list(_hunks(text or "")),
        )


def _text(git: Git, tree: str, name: str) -> str | None:
    """A merged file with git's marks; None if it is no text."""
    limit: int = settings.SHIP_CONFLICT_READ_MAX_BYTES
    try:
        data = git.first_bytes("cat-file", "blob", f"{tree}:{name}", max_bytes=limit)
    except GitFailed:
        return ""  # a file stands where the other side has a directory
    if b"\0" in data[:BINARY_LOOK_BYTES]:
        return None
    return data.decode(errors="replace")


def _hunks(text: str) -> Iterator[ConflictHunk]:
    """Take the places apart that git has marked; `|||||||` is what stood before."""
    sides: dict[str, list[str]] = {}
    side, start = "", 0
    for number, line in enumerate(text.split("\n"), 1):
        if not side and _THERE.match(line):
            sides, side, start = (
                {"there": [], "before": [], "here": []},
                "there",
                number,
            )
        elif side == "there" and _BEFORE.match(line):
            side = "before"
        elif side in {"there", "before"} and _MIDDLE.match(line):
            side = "here"
        elif side == "here" and _HERE.match(line):
            yield ConflictHunk(
                line=start, there=_joined(sides["there"]), here=_joined(sides["here"])
            )
            side = ""
        elif side:
            sides[side].append(line)


def _joined(lines: list[str]) -> str:
    text, limit = "\n".join(lines), settings.SHIP_HUNK_MAX_CHARS
    return text if len(text) <= limit else f"{text[:limit]}…"


def _bounded(files: Iterable[ConflictFile]) -> Iterator[ConflictFile]:
    """Leave out the hunks that an event has no room for."""
    room: int = settings.SHIP_CONFLICTS_MAX_CHARS
    for file in files:
        kept: list[ConflictHunk] = []
        for hunk in file.hunks:
            room -= len(hunk.there) + len(hunk.here)
            if room < 0:
                break
            kept.append(hunk)
        yield ConflictFile(
            path=file.path,
            kind=file.kind,
            binary=file.binary,
            hunks=kept,
            left_out=len(file.hunks) - len(kept),
        )
