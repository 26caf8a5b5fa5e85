# Searches like ripgrep where there is none; a program of its own, for a regular
# expression can take for ever: in a thread it would hold up every session, a process
# is killed. Run as one of
#   python -I searcher.py files PATTERN MAX_BYTES GLOB WHERE
#   python -I searcher.py lines PATTERN MAX_CHARS FILE...

import os
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath

SKIPPED = frozenset({".git", ".hg", ".venv", "__pycache__", "node_modules"})
# What cannot be read, or has just gone, keeps nobody from the other files.
PASSED_OVER = suppress(OSError)


def walk(where: Path) -> Iterator[Path]:
    if where.is_file():
        yield where
        return
    for folder, folders, names in os.walk(where):
        folders[:] = sorted(set(folders) - SKIPPED)
        for name in sorted(names):
            yield Path(folder, name)


def matches(path: Path, wanted: "re.Pattern[str]") -> Iterator[str]:
    data = path.read_bytes()
    if b"\0" in data[:8_192]:
        return
    for number, line in enumerate(data.decode(errors="replace").split("\n"), 1):
        if wanted.search(line):
            yield f"{number}:{line.rstrip()}"


def is_searched(path: Path, glob: str, max_bytes: int) -> bool:
    if glob and not PurePosixPath(path).match(glob):
        return False
    if path.is_symlink() or not path.is_file():
        return False
    return path.stat().st_size <= max_bytes


def files(wanted: "re.Pattern[str]", arguments: list[str]) -> Iterator[str]:
    max_bytes, glob, where = arguments
    for path in walk(Path(where)):
        with PASSED_OVER:
            if is_searched(path, glob, int(max_bytes)) and any(matches(path, wanted)):
                yield f"{path}\0"


def lines(wanted: "re.Pattern[str]", arguments: list[str]) -> Iterator[str]:
    max_chars, *paths = arguments
    for path in paths:
        with PASSED_OVER:
            for found in matches(Path(path), wanted):
                yield f"{path}:{found[: int(max_chars)]}\n"


def search(mode: str, pattern: str, *arguments: str) -> Iterable[str]:
    wanted = re.compile(pattern)
    find = {"files": files, "lines": lines}[mode]
    return find(wanted, list(arguments))


if __name__ == "__main__":
    try:
        for found in search(*sys.argv[1:]):
            sys.stdout.buffer.write(os.fsencode(found))
    except re.error as error:
        sys.exit(f"not a regular expression: {error}")
