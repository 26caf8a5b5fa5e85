import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from runners.tools.limits import Limits
from runners.tools.search import matcher
from runners.tools.search.matcher import SKIPPED


class SearchProgram(Protocol):
    """What searches for a pattern: command lines, to be run in the workdir."""

    def files(self, where: str, glob: str, *, thorough: bool = False) -> list[str]:
        """Find the files that match; each path ends with a NUL.

        `thorough` looks into ignored and binary files too. The exit code is the
        matcher's INCOMPLETE where a file could not be read.
        """
        ...

    def lines(self, sources: Iterable[str]) -> list[str]:
        """Find the lines that match, in these files and in their order."""
        ...


def search_program(pattern: str, limits: Limits) -> SearchProgram:
    """Choose ripgrep where there is one."""
    ripgrep = shutil.which("rg")
    if ripgrep:
        return Ripgrep(ripgrep, pattern, limits)
    return OwnProgram(pattern, limits)


@dataclass(frozen=True, slots=True)
class Ripgrep:
    program: str
    pattern: str
    limits: Limits

    def files(self, where: str, glob: str, *, thorough: bool = False) -> list[str]:
        flags = ["--files-with-matches", "--null", "--hidden", "--sort=path"]
        flags += ["--no-messages"]  # about what cannot be opened; others come
        flags += [f"--glob=!{name}" for name in sorted(SKIPPED)]
        flags += [f"--glob={glob}"] if glob else []
        flags += ["--no-ignore", "--binary"] if thorough else []
        return [*self._begin(), *flags, "-e", self.pattern, "--", where]

    def lines(self, sources: Iterable[str]) -> list[str]:
        flags = ["--no-heading", "--with-filename", "--line-number", "--threads=1"]
        width = ["--max-columns", str(self.limits.match_chars), "--max-columns-preview"]
        return [*self._begin(), *flags, *width, "-e", self.pattern, "--", *sources]

    def _begin(self) -> list[str]:
        # No configuration file: it could name a program to run on each file.
        return [self.program, "--no-config", "--color=never"]


@dataclass(frozen=True, slots=True)
class OwnProgram:
    pattern: str
    limits: Limits

    def files(self, where: str, glob: str, *, thorough: bool = False) -> list[str]:
        limit = str(self.limits.file_bytes)
        return [*self._begin("binary" if thorough else "files"), limit, glob, where]

    def lines(self, sources: Iterable[str]) -> list[str]:
        return [*self._begin("lines"), str(self.limits.match_chars), *sources]

    def _begin(self, mode: str) -> list[str]:
        return [sys.executable, "-I", matcher.__file__, mode, self.pattern]
