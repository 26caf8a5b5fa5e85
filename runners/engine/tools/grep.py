import asyncio
import shutil
import sys
from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta

from runners.engine import searcher
from runners.engine.job import Job, Output, ToolError
from runners.engine.process import process
from runners.engine.searcher import SKIPPED
from runners.engine.tools.tool import Tool


class Grep(Tool, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Find the lines that match a regular expression; answers path:line:text."""

    pattern: Annotated[str, Meta(min_length=1)]
    path: Annotated[str, Meta(description="File or directory to search")] = "."
    glob: Annotated[str, Meta(description="Only files like this: *.py")] | None = None

    async def run(self, job: Job) -> Output:
        where = await asyncio.to_thread(job.workdir.relative, self.path)
        ripgrep = shutil.which("rg")
        argv = self._ripgrep(ripgrep, where, job) if ripgrep else self._own(where, job)
        return await self._search(argv, job)

    def _ripgrep(self, ripgrep: str, where: str, job: Job) -> list[str]:
        argv = [ripgrep, *_FLAGS, "--max-columns", str(job.limits.match_chars)]
        argv += [f"--glob=!{name}" for name in sorted(SKIPPED)]
        argv += [f"--glob={self.glob}"] if self.glob else []
        return [*argv, "-e", self.pattern, "--", where]

    def _own(self, where: str, job: Job) -> list[str]:
        """Search with a program of our own, where there is no ripgrep."""
        limits = [str(job.limits.file_bytes), str(job.limits.match_chars)]
        program = [sys.executable, "-I", searcher.__file__]
        return [*program, self.pattern, where, self.glob or "", *limits]

    async def _search(self, argv: Sequence[str], job: Job) -> Output:
        lines: list[str] = []
        try:
            async with (
                asyncio.timeout(job.limits.search_s),
                process(argv, job.workdir.root) as running,
            ):
                while line := await running.output.readline():
                    text = line.decode(errors="replace").rstrip("\r\n")
                    lines.append(text.removeprefix("./"))
                    if len(lines) > job.limits.matches:
                        return self._output(lines, job, cut=True)
                code = await running.wait()
        except TimeoutError:
            return self._output(lines, job, cut=True)
        if code not in {0, NO_MATCH} or (code == NO_MATCH and lines):
            raise ToolError("\n".join(lines) or f"the search ended with {code}")
        return self._output(lines, job, cut=False)

    def _output(self, lines: list[str], job: Job, *, cut: bool) -> Output:
        shown = lines[: job.limits.matches] or [f"No line matches {self.pattern}"]
        if cut:
            shown = [*shown, "[there is more: narrow the search]"]
        return Output("\n".join(shown), truncated=cut)


NO_MATCH = 1  # ripgrep's exit code
# No configuration file: it could name a program to run on each file.
_FLAGS = (
    "--no-config",
    "--color=never",
    "--no-heading",
    "--with-filename",
    "--line-number",
    "--hidden",
    "--max-columns-preview",
    "--sort=path",
)
