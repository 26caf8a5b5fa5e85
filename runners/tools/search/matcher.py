# Searches like ripgrep if that is not installed. A separate program, because a regular
# expression can run for ever: a thread would hold up every session, but a process can
# be killed. Run as one of
#   python -I matcher.py files PATTERN MAX_BYTES GLOB WHERE
#   python -I matcher.py binary PATTERN MAX_BYTES GLOB WHERE   (into binary files too)
#   python -I matcher.py legacy PATTERN MAX_BYTES GLOB WHERE   (all as LEGACY text)
#   python -I matcher.py lines PATTERN MAX_CHARS FILE...
# The exit code is INCOMPLETE if a file could not be read, or is too large.

import codecs
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

SKIPPED = frozenset({".git", ".hg", ".venv", "__pycache__", "node_modules"})
INCOMPLETE = 2  # ripgrep's exit code, too
LEGACY = "windows-1252"  # the usual encoding of text that is not Unicode
BINARY_SNIFF_BYTES = 8_192  # a NUL among the first bytes makes a file binary


def names_cr(pattern: str) -> bool:
    """Whether a pattern looks for a CR itself; for others, CRLF ends a line as LF."""
    return "\r" in pattern or r"\r" in pattern


class Matcher:
    """Searches files for a regular expression."""

    def __init__(
        self, pattern: str, *, with_binary: bool = False, encoding: str = "utf-8"
    ) -> None:
        self.is_incomplete = False  # a file could not be searched
        self._wanted = re.compile(pattern)
        self._is_crlf = not names_cr(pattern)
        self._with_binary = with_binary
        self._encoding = encoding

    def files(self, max_bytes: str, glob: str, where: str) -> Iterator[str]:
        for path in walk(Path(where)):
            with self._passed_over():
                is_found = self._is_searched(path, glob, int(max_bytes))
                if is_found and any(self._matches(path)):
                    yield f"{path}\0"

    def lines(self, max_chars: str, *paths: str) -> Iterator[str]:
        for path in paths:
            with self._passed_over():
                for found in self._matches(Path(path)):
                    yield f"{path}:{found[: int(max_chars)]}\n"

    @contextmanager
    def _passed_over(self) -> Iterator[None]:
        """Skip a file that cannot be read, and note that."""
        try:
            yield
        except OSError:
            self.is_incomplete = True

    def _is_searched(self, path: Path, glob: str, max_bytes: int) -> bool:
        if glob and not PurePosixPath(path).match(glob):
            return False
        if path.is_symlink() or not path.is_file():
            return False
        if path.stat().st_size > max_bytes:
            self.is_incomplete = True
            return False
        return True

    def _matches(self, path: Path) -> Iterator[str]:
        data = path.read_bytes()
        is_wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        is_binary = not is_wide and b"\0" in data[:BINARY_SNIFF_BYTES]
        if is_binary and not self._with_binary:
            return
        text = data.decode("utf-16" if is_wide else self._encoding, errors="replace")
        for number, line in enumerate(text.split("\n"), 1):
            if self._wanted.search(line.removesuffix("\r") if self._is_crlf else line):
                yield f"{number}:{line.rstrip()}"


def walk(where: Path) -> Iterator[Path]:
    if where.is_file():
        yield where
        return
    for folder, folders, names in os.walk(where):
        folders[:] = sorted(set(folders) - SKIPPED)
        for name in sorted(names):
            yield Path(folder, name)


def main(mode: str, pattern: str, *arguments: str) -> int:
    encoding = LEGACY if mode == "legacy" else "utf-8"
    matcher = Matcher(pattern, with_binary=mode == "binary", encoding=encoding)
    find = matcher.lines if mode == "lines" else matcher.files
    for found in find(*arguments):
        sys.stdout.buffer.write(os.fsencode(found))
    return INCOMPLETE if matcher.is_incomplete else 0


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except re.error as error:
        sys.exit(f"not a regular expression: {error}")
