# Finds lines like ripgrep where there is none; a program of its own, run as
# `python -I searcher.py PATTERN WHERE GLOB MAX_BYTES MAX_CHARS`. A regular expression
# can take for ever: in a thread it would hold up every session, a process is killed.

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

SKIPPED = frozenset({".git", ".hg", ".venv", "__pycache__", "node_modules"})


def files(where: Path) -> Iterator[Path]:
    if where.is_file():
        yield where
        return
    for folder, folders, names in os.walk(where):
        folders[:] = sorted(set(folders) - SKIPPED)
        for name in sorted(names):
            yield Path(folder, name)


def matches(path: Path, wanted: "re.Pattern[str]", max_bytes: int) -> Iterator[str]:
    if path.is_symlink() or not path.is_file() or path.stat().st_size > max_bytes:
        return
    data = path.read_bytes()
    if b"\0" in data[:8_192]:
        return
    for number, line in enumerate(data.decode(errors="replace").split("\n"), 1):
        if wanted.search(line):
            yield f"{path}:{number}:{line.rstrip()}"


def search(arguments: list[str]) -> Iterator[str]:
    pattern, where, glob, max_bytes, max_chars = arguments
    wanted = re.compile(pattern)
    for path in files(Path(where)):
        if not glob or PurePosixPath(path).match(glob):
            for line in matches(path, wanted, int(max_bytes)):
                yield line[: int(max_chars) + len(str(path))]


if __name__ == "__main__":
    try:
        for found in search(sys.argv[1:]):
            sys.stdout.buffer.write(os.fsencode(found) + b"\n")
    except re.error as error:
        sys.exit(f"not a regular expression: {error}")
