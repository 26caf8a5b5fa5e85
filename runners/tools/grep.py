import asyncio
import fcntl
import os
import re
from asyncio import IncompleteReadError
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Annotated

from msgspec import Meta

from runners.sandbox.jail import PathRefused
from runners.sandbox.process import process
from runners.sandbox.process_group import DESCRIPTOR_MIN
from runners.tools.context import ToolContext, ToolError, ToolOutput
from runners.tools.search.ripgrep import SearchProgram, search_program
from runners.tools.tool import Tool

FILES_AT_ONCE = 32  # open for one search; a process may have some hundreds open
HIDING = ("grep", "read_file")  # whose denials hide a file from a search
_SOURCE = re.compile(r"^/dev/fd/(\d+)")


class Grep(Tool, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Find the lines that match a regular expression; answers path:line:text."""

    pattern: Annotated[str, Meta(min_length=1)]
    path: Annotated[str, Meta(description="File or directory to search")] = "."
    glob: Annotated[str, Meta(description="Only files like this: *.py")] | None = None

    async def run(self, job: ToolContext) -> ToolOutput:
        """Search for files, then in them.

        The first search goes by names, and somebody may put a link in the place of one
        meanwhile; so it only proposes. What is answered comes from files that the jail
        has opened.
        """
        rules = await job.host.rules()
        where = await asyncio.to_thread(job.workdir.relative, self.path)
        program = search_program(self.pattern, job.limits)
        lines: list[str] = []
        try:
            async with asyncio.timeout(job.limits.search_s):
                found = await self._names(program.files(where, self.glob or ""), job)
                names = [name for name in found if not rules.hide(name, HIDING)]
                for start in range(0, len(names), FILES_AT_ONCE):
                    batch = names[start : start + FILES_AT_ONCE]
                    await self._search(program, batch, lines, job)
        except TimeoutError:
            return self._output(lines, job, cut=True)
        return self._output(lines, job, cut=len(lines) > job.limits.matches)

    async def _names(self, argv: Sequence[str], job: ToolContext) -> list[str]:
        """List the files that match, or one more than may be answered."""
        names: list[str] = []
        said = await _read(argv, b"\0", names, job)
        if said:
            raise ToolError(said)
        return [name.removeprefix("./") for name in names]

    async def _search(
        self,
        program: SearchProgram,
        names: Sequence[str],
        lines: list[str],
        job: ToolContext,
    ) -> None:
        """Add the lines that match in these files."""
        with _opened(names, job) as files:
            if not files or len(lines) > job.limits.matches:
                return
            found: list[str] = []
            argv = program.lines(f"/dev/fd/{number}" for number in files)
            try:
                await _read(argv, b"\n", found, job, files)
            finally:
                lines += [
                    _SOURCE.sub(lambda m: files[int(m[1])], line) for line in found
                ]

    def _output(self, lines: list[str], job: ToolContext, *, cut: bool) -> ToolOutput:
        shown = lines[: job.limits.matches] or [f"No line matches {self.pattern}"]
        if cut:
            shown = [*shown, "[there is more: narrow the search]"]
        return ToolOutput("\n".join(shown), truncated=cut)


@contextmanager
def _opened(names: Sequence[str], job: ToolContext) -> Iterator[Mapping[int, str]]:
    """Open files in the jail; answers their names by descriptors a command may have."""
    with ExitStack() as stack:
        files: dict[int, str] = {}
        for name in names:
            with suppress(PathRefused, OSError), job.workdir.opened(name) as opened:
                number = fcntl.fcntl(opened, fcntl.F_DUPFD_CLOEXEC, DESCRIPTOR_MIN)
                stack.callback(os.close, number)
                files[number] = name
        yield files


async def _read(
    argv: Sequence[str],
    end: bytes,
    into: list[str],
    job: ToolContext,
    files: Mapping[int, str] | None = None,
) -> str:
    """Read what a search writes, piece by piece; answers what is no whole piece."""
    async with process(argv, job.workdir.root, pass_fds=[*(files or {})]) as running:
        while len(into) <= job.limits.matches:
            try:
                piece = await running.output.readuntil(end)
            except IncompleteReadError as error:
                return error.partial.decode(errors="replace").strip()
            into.append(piece[: -len(end)].decode(errors="replace").rstrip("\r"))
    return ""
