from collections.abc import Iterator
from dataclasses import dataclass
from typing import get_args

from django.conf import settings

from runners.review.git_name import git_name
from runners.worktrees.git import Git
from sessions_app.protocol.fields.changed_path import ChangedPath, PathStatus

# One form for all users, whatever their configuration says.
PLAIN = (
    "diff-tree", "-r", "-M", "--relative", "--no-ext-diff", "--no-textconv",
    "--no-color", "--ignore-submodules=none", "--diff-algorithm=myers", "-O/dev/null",
    "--src-prefix=a/", "--dst-prefix=b/", "--submodule=short", "-U3",
)  # fmt: skip
STATUSES: dict[str, PathStatus] = {
    name[0].upper(): name for name in get_args(PathStatus)
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One file of a comparison, with its patch as git wrote it."""

    path: ChangedPath
    key: tuple[str, ...]  # equal where the patch is equal
    patch: bytes = b""


def compare(git: Git, before: str, after: str) -> list[Difference]:
    """Compare two trees or commits, file by file. Raises GitFailed.

    A file whose patch goes over REVIEW_PATCH_MAX_BYTES, counted over all files in their
    order, has none.
    """
    if before == after:
        return []
    listed = git.run(*PLAIN, "--raw", "--numstat", "-z", "--no-abbrev", before, after)
    rows = list(_rows(listed))
    limit: int = settings.REVIEW_PATCH_MAX_BYTES
    words = (*PLAIN, "-p", "--full-index", before, after)
    patches = _patches(git.first_bytes(*words, max_bytes=limit), limit)
    return [Difference(path, key, _joined(path, patches)) for path, key in rows]


def _rows(listed: str) -> Iterator[tuple[ChangedPath, tuple[str, ...]]]:
    """Read raw records, then the counts of lines, which come in the same order."""
    fields = iter(listed.split("\0"))
    raw: list[tuple[str, str, str]] = []
    counted = ""
    for field in fields:
        if not field.startswith(":"):
            counted = field
            break
        old = next(fields)
        new = next(fields) if field.rpartition(" ")[2][0] in "RC" else old
        raw.append((field[1:], old, new))
    for about, old, new in raw:
        added, removed, name = counted.split("\t", 2)
        if not name:  # a renamed file: both names follow
            next(fields)
            next(fields)
        counted = next(fields, "")
        old_mode, new_mode, _, new_blob, letter = about.split(" ")
        is_pair = letter[0] in "RC"
        has_mode = old_mode != new_mode and "000000" not in (old_mode, new_mode)
        path = ChangedPath(
            path=git_name(new),
            old_path=git_name(old) if is_pair else "",
            status=STATUSES[letter[0]],
            old_mode=old_mode if has_mode else "",
            new_mode=new_mode if has_mode else "",
            added=int(added) if added != "-" else 0,
            removed=int(removed) if removed != "-" else 0,
            binary=added == "-",
            blob="" if set(new_blob) == {"0"} else new_blob,
        )
        yield path, (about, old, new)


def _patches(data: bytes, limit: int) -> Iterator[bytes]:
    """Split a patch into its files; a last one that was cut is left out."""
    if not data:
        return iter(())
    starts = [0]
    at = data.find(b"\ndiff --git ")
    while at >= 0:
        starts.append(at + 1)
        at = data.find(b"\ndiff --git ", at + 1)
    ends = [*starts[1:], len(data)]
    whole = list(zip(starts, ends, strict=True))
    if len(data) > limit:
        whole.pop()
    return (data[start:end] for start, end in whole)


def _joined(path: ChangedPath, patches: Iterator[bytes]) -> bytes:
    """Take a file's patch: two, where another kind of file has taken its place."""
    first = next(patches, b"")
    return first + next(patches, b"") if path.status == "type" else first
