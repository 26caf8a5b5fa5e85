import asyncio
import fcntl
import os
import re
from asyncio import IncompleteReadError
from collections import deque
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import ExitStack, aclosing, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import Annotated

from msgspec import Meta

from runners.permissions.glob import GlobPattern
from runners.permissions.rules import Rules
from runners.sandbox.jail import PathRefused
from runners.sandbox.process import process
from runners.sandbox.process_group import DESCRIPTOR_MIN
from runners.tools.context import ToolContext, ToolError, ToolOutput
from runners.tools.search.file_name import spelled
from runners.tools.search.matcher import INCOMPLETE
from runners.tools.search.ripgrep import SearchProgram, search_program
from runners.tools.search.unread_format import HEAD_BYTES, unread_format
from runners.tools.search.walk import Tree
from runners.tools.tool import Tool

FILES_AT_ONCE = 32  # files open for one search; a process may have some hundreds
HIDING = ("grep", "read_file")  # deny rules of these tools hide a file from searches
CUT = "[there is more: narrow the search]"
NAMES_SHOWN = 5  # of files that a search skipped
_SOURCE = re.compile(r"^/dev/fd/(\d+)")


class Grep(Tool, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Find the lines that match a regular expression; returns path:line:text.

    Files that .gitignore names are searched only where `path` names them.
    """

    pattern: Annotated[str, Meta(min_length=1)]
    path: Annotated[str, Meta(description="File or directory to search")] = "."
    glob: Annotated[str, Meta(description="Only files like this: *.py")] | None = None

    async def run(self, job: ToolContext) -> ToolOutput:
        """Search for matching files, then in those files.

        The first search goes by names, and a name may be replaced by a link meanwhile,
        so it only proposes candidates. Returned lines come only from files that the
        jail opened.
        """
        rules = await job.host.rules()
        where = await asyncio.to_thread(self._where, job)
        search = _Search(self.pattern, where, self.glob or "", rules, job)
        try:
            async with asyncio.timeout(job.limits.search_s):
                await search.run()
        except TimeoutError:
            return self._output(search, [CUT], cut=True)
        if len(search.lines) > job.limits.matches:
            return self._output(search, [CUT], cut=True)
        notes = [] if search.lines else await search.gaps()
        return self._output(search, notes, cut=False)

    def _where(self, job: ToolContext) -> str:
        """Resolve the path. Raises ToolError if there is nothing to search."""
        found = job.workdir.relative(self.path)
        path = job.workdir.root / found
        if not path.is_dir() and not path.is_file():
            what = (
                "is neither a file nor a directory" if path.exists() else "is missing"
            )
            raise ToolError(f"{self.path} {what}, so nothing was searched")
        return found

    def _output(
        self, search: "_Search", notes: Sequence[str], *, cut: bool
    ) -> ToolOutput:
        lines = search.lines[: search.job.limits.matches]
        shown = lines or [f"No line matches {self.pattern}"]
        if not lines and cut:
            shown = ["The search took too long and has found nothing so far"]
        return ToolOutput("\n".join([*shown, *notes]), truncated=cut)


@dataclass(slots=True)
class _Search:
    """One search: the lines found, and whether files were left out."""

    pattern: str
    where: str
    glob: str
    rules: Rules
    job: ToolContext
    lines: list[str] = field(default_factory=list)
    is_incomplete: bool = False  # some file could not be read

    @property
    def _program(self) -> SearchProgram:
        return search_program(self.pattern, self.job.limits)

    async def run(self) -> None:
        names = await self._names(self._program.files(self.where, self.glob))
        for start in range(0, len(names), FILES_AT_ONCE):
            await self._search(names[start : start + FILES_AT_ONCE])

    async def gaps(self) -> list[str]:
        """Describe what a search without results has left out."""
        notes = []
        try:
            async with asyncio.timeout(self.job.limits.search_s):
                argv = self._program.files(self.where, self.glob, thorough=True)
                proposed = await self._names(argv)
                if names := [name for name in proposed if self._is_inside(name)]:
                    notes.append(_unsearched(names))
                if names := await self._legacy():
                    notes.append(
                        f"[but it matches in files that are not UTF-8: {_named(names)};"
                        " read_file shows them]"
                    )
        except TimeoutError:
            notes.append("[ignored and binary files were not searched]")
        skipped, unread = await asyncio.to_thread(self._passed_over)
        if skipped:
            notes.append(f"[not searched: {_named(skipped)}]")
        if unread:
            notes.append(
                f"[not searched, for text is packed or coded in: {_named(unread)}; "
                "unpack or convert it (zgrep, unzip -p, iconv)]"
            )
        if any(rule.pattern and rule.tool in HIDING for rule in self.rules.deny):
            notes.append("[files that a rule denies were not searched]")
        if self.is_incomplete:
            notes.append("[some files could not be read, or are too large]")
        return notes

    def _is_inside(self, name: str) -> bool:
        """Whether the jail opens a file that the search by names proposed."""
        try:
            with self.job.workdir.opened(name):
                return True
        except (PathRefused, OSError):
            return False

    async def _legacy(self) -> list[str]:
        """List files whose letters beyond ASCII match in the encoding they have."""
        if self.pattern.isascii():
            return []
        argv = self._program.files(self.where, self.glob, legacy=True)
        proposed = await self._names(argv)
        return await asyncio.to_thread(list, filter(self._is_legacy, proposed))

    def _is_legacy(self, name: str) -> bool:
        try:
            self.job.workdir.read(name, self.job.limits.file_bytes).decode()
        except UnicodeDecodeError:
            return True
        except (PathRefused, OSError):
            pass
        return False

    def _passed_over(self) -> tuple[list[str], list[str]]:
        """List what no search reads unasked: directories, at any depth, and files.

        Each file is followed by its format.
        """
        tree = Tree(self.job.workdir, self.job.limits)
        names: Iterator[str] = (name for name, _ in tree.files(self.where))
        if (self.job.workdir.root / self.where).is_file():
            names = iter([self.where])
        unread = [
            f"{name} ({format_})"
            for name in islice(names, self.job.limits.sniffed_files)
            if (format_ := self._unread_format(name))
        ]
        deque(names, maxlen=0)
        skipped = [p for p in tree.skipped if not self.rules.hide(p, HIDING)]
        return sorted(skipped), sorted(unread)

    def _unread_format(self, name: str) -> str:
        """Name the format in which a file's text escapes the search; "" for none."""
        if self.rules.hide(name, HIDING) or not self._is_globbed(name):
            return ""
        with suppress(PathRefused, OSError), self.job.workdir.opened(name) as opened:
            return unread_format(os.pread(opened, HEAD_BYTES, 0))
        return ""

    def _is_globbed(self, name: str) -> bool:
        try:
            return GlobPattern.parse(self.glob or "**").matches(name)
        except ValueError:  # more alternatives than are told apart here
            return True

    async def _names(self, argv: Sequence[str]) -> list[str]:
        """List the matching files, at most one more than may be shown."""
        names: list[str] = []
        pieces = _pieces(argv, b"\0", self.job)
        async with aclosing(pieces):
            async for piece in pieces:
                if isinstance(piece, SearchEnd):
                    self._check(piece)
                    break
                name = os.fsdecode(piece).removeprefix("./")
                if not self.rules.hide(name, HIDING):
                    names.append(name)
                if len(names) > self.job.limits.matches:
                    break
        return names

    def _check(self, end: "SearchEnd") -> None:
        if end.rest:
            raise ToolError(end.rest)
        self.is_incomplete |= end.code == INCOMPLETE

    async def _search(self, names: Sequence[str]) -> None:
        """Add the matching lines of these files."""
        with _opened(names, self.job) as files:
            if not files or len(self.lines) > self.job.limits.matches:
                return
            argv = self._program.lines(f"/dev/fd/{number}" for number in files)
            pieces = _pieces(argv, b"\n", self.job, files)
            async with aclosing(pieces):
                async for piece in pieces:
                    if isinstance(piece, SearchEnd):
                        break
                    line = piece.decode(errors="replace").rstrip("\r")
                    self.lines.append(
                        _SOURCE.sub(lambda m: spelled(files[int(m[1])]), line)
                    )
                    if len(self.lines) > self.job.limits.matches:
                        break


def _unsearched(names: Sequence[str]) -> str:
    return (
        "[but it matches in files that are ignored (.gitignore) or binary: "
        f"{_named(names)}; give an ignored one as `path`, use `grep -a` for a binary "
        "one]"
    )


def _named(names: Sequence[str]) -> str:
    more = ", …" if len(names) > NAMES_SHOWN else ""
    return ", ".join(map(spelled, names[:NAMES_SHOWN])) + more


@dataclass(frozen=True, slots=True)
class SearchEnd:
    """The end of a search program's output."""

    rest: str  # output after the last whole piece: an error message
    code: int


@contextmanager
def _opened(names: Sequence[str], job: ToolContext) -> Iterator[Mapping[int, str]]:
    """Open files in the jail; yields their names by descriptor, for a command."""
    with ExitStack() as stack:
        files: dict[int, str] = {}
        for name in names:
            with suppress(PathRefused, OSError), job.workdir.opened(name) as opened:
                number = fcntl.fcntl(opened, fcntl.F_DUPFD_CLOEXEC, DESCRIPTOR_MIN)
                stack.callback(os.close, number)
                files[number] = name
        yield files


async def _pieces(
    argv: Sequence[str],
    end: bytes,
    job: ToolContext,
    files: Mapping[int, str] | None = None,
) -> AsyncGenerator[bytes | SearchEnd, None]:
    """Yield a search program's output in pieces, then a SearchEnd."""
    async with process(argv, job.workdir.root, pass_fds=[*(files or {})]) as running:
        while True:
            try:
                piece = await running.output.readuntil(end)
            except IncompleteReadError as error:
                rest = error.partial.decode(errors="replace").strip()
                yield SearchEnd(rest, await running.wait())
                return
            yield piece[: -len(end)]
