import os
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

# Directories of what is fetched or built: nobody writes about their files.
SKIPPED = frozenset({"node_modules", "__pycache__", "venv", "target", "dist", "build"})


def files_like(root: str, text: str) -> list[str]:
    """Return files below a directory whose path contains a text, the closest first.

    Paths are relative to `root`. Letter case does not matter, no link is followed, and
    hidden files are found only if the text names a hidden one. Names that a page could
    not show as they are are left out. Looks at FILES_SCANNED entries at most, and for
    FILES_SCAN_S.
    """
    if not root:
        return []
    wanted = text.lower()
    found = [path for path in _files(root, wanted) if wanted in path.lower()]
    return sorted(found, key=lambda path: _distance(path, wanted))[: settings.FILES_MAX]


def _files(root: str, wanted: str) -> Iterator[str]:
    """Yield files, those of upper directories first."""
    with_hidden = wanted.startswith(".") or "/." in wanted
    ahead, left = deque([""]), settings.FILES_SCANNED
    ends = time.monotonic() + settings.FILES_SCAN_S
    while ahead and left > 0 and time.monotonic() < ends:
        above = ahead.popleft()
        for entry in _entries(Path(root, above), left):
            left -= 1
            path = f"{above}{entry.name}"
            is_hidden = entry.name.startswith(".") and not with_hidden
            if is_hidden or not entry.name.isprintable():
                continue
            if entry.is_file(follow_symlinks=False):
                yield path
            elif entry.is_dir(follow_symlinks=False) and entry.name not in SKIPPED:
                ahead.append(f"{path}/")


def _entries(path: Path, most: int) -> "list[os.DirEntry[str]]":
    try:
        with os.scandir(path) as entries:
            some = [entry for entry, _ in zip(entries, range(most), strict=False)]
    except (OSError, ValueError):  # gone, unreadable, or on another machine
        return []
    return sorted(some, key=lambda entry: entry.name)


def _distance(path: str, wanted: str) -> tuple[int, int, str]:
    """Rank a match: the name begins with it, contains it, or a directory does."""
    name = path.rpartition("/")[2].lower()
    rank = 0 if name.startswith(wanted) else 1 if wanted in name else 2
    return rank, path.count("/"), path
