import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from runners.tools.limits import Limits
from runners.tools.search import matcher
from runners.tools.search.matcher import SKIPPED


class SearchProgram(Protocol):
    """Builds the command lines of a search program, to be run in the workdir."""

    def files(
        self, where: str, glob: str, *, thorough: bool = False, legacy: bool = False
    ) -> list[str]:
        """The command that lists matching files; each path ends with a NUL.

        `thorough` also searches ignored and binary files; `legacy` reads all files as
        LEGACY text. The exit code is the matcher's INCOMPLETE if a file could not be
        read.
        """
        ...

    def lines(self, sources: Iterable[str]) -> list[str]:
        """The command that prints matching lines of these files, in their order."""
        ...


def search_program(pattern: str, limits: Limits) -> SearchProgram:
    """Choose ripgrep if it is installed, otherwise the built-in matcher."""
    ripgrep = shutil.which("rg")
    if ripgrep:
        return Ripgrep(ripgrep, pattern, limits)
    return OwnProgram(pattern, limits)


@dataclass(frozen=True, slots=True)
class Ripgrep:
    program: str
    pattern: str
    limits: Limits

    def files(
        self, where: str, glob: str, *, thorough: bool = False, legacy: bool = False
    ) -> list[str]:
        flags = ["--files-with-matches", "--null", "--hidden", "--sort=path"]
        # hides messages about unreadable files; others still come
        flags += ["--no-messages"]
        flags += [f"--glob=!{name}" for name in sorted(SKIPPED)]
        flags += [f"--glob={glob}"] if glob else []
        flags += ["--no-ignore", "--binary"] if thorough else []
        flags += [f"--encoding={matcher.LEGACY}"] if legacy else []
        return [*self._begin(), *flags, "-e", self.pattern, "--", where]

    def lines(self, sources: Iterable[str]) -> list[str]:
        flags = ["--no-heading", "--with-filename", "--line-number", "--threads=1"]
        width = ["--max-columns", str(self.limits.match_chars), "--max-columns-preview"]
        return [*self._begin(), *flags, *width, "-e", self.pattern, "--", *sources]

    def _begin(self) -> list[str]:
        # Ignore the configuration file: it could name a program to run on each file.
        flags = [] if matcher.names_cr(self.pattern) else ["--crlf"]
        return [self.program, "--no-config", "--color=never", *flags]


@dataclass(frozen=True, slots=True)
class OwnProgram:
    pattern: str
    limits: Limits

    def files(
        self, where: str, glob: str, *, thorough: bool = False, legacy: bool = False
    ) -> list[str]:
        mode = "legacy" if legacy else "binary" if thorough else "files"
        return [*self._begin(mode), str(self.limits.file_bytes), glob, where]

    def lines(self, sources: Iterable[str]) -> list[str]:
        return [*self._begin("lines"), str(self.limits.match_chars), *sources]

    def _begin(self, mode: str) -> list[str]:
        return [sys.executable, "-I", matcher.__file__, mode, self.pattern]
