import asyncio
from typing import Annotated

from msgspec import Meta

from runners.tools.context import ToolContext, ToolError, ToolOutput
from runners.tools.tool import Tool


class ReadFile(Tool, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Read a text file. Answers its lines, each after its number and a tab."""

    path: Annotated[str, Meta(description="Relative to the working directory")]
    offset: Annotated[int, Meta(ge=1, description="First line to read")] = 1
    limit: Annotated[int, Meta(ge=1, description="Lines to read")] | None = None

    async def run(self, job: ToolContext) -> ToolOutput:
        limits = job.limits
        data, stamp = await asyncio.to_thread(
            job.workdir.read, self.path, limits.file_bytes
        )
        if b"\0" in data[:8_192]:
            raise ToolError(f"{self.path} is a binary file")
        job.see(job.workdir.relative(self.path), stamp)
        lines = data.decode(errors="replace").removesuffix("\n").split("\n")
        return self._page(lines, self.limit or limits.read_lines, limits.output_chars)

    def _page(self, lines: list[str], limit: int, max_chars: int) -> ToolOutput:
        if lines == [""]:
            return ToolOutput("(the file is empty)")
        if self.offset > len(lines):
            raise ToolError(f"{self.path} has only {len(lines):,} lines")
        first = self.offset - 1
        page: list[str] = []
        for number, line in enumerate(lines[first : first + limit], self.offset):
            numbered = f"{number:>6}\t{line}\n"
            if page and len(numbered) > max_chars:
                break
            page.append(numbered)
            max_chars -= len(numbered)
        left = len(lines) - first - len(page)
        if not left:
            return ToolOutput("".join(page))
        following = self.offset + len(page)
        page.append(f"[{left:,} more lines; go on with offset={following}]")
        return ToolOutput("".join(page), truncated=True)
