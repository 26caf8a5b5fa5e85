import asyncio
from dataclasses import replace
from typing import Annotated

from msgspec import Meta

from runners.tools.context import ToolContext, ToolError, ToolOutput
from runners.tools.text_format import NotText, TextFormat, flatten
from runners.tools.tool import Tool


class ReadFile(Tool, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Read a text file. Returns its lines, each after its number and a tab."""

    path: Annotated[str, Meta(description="Relative to the working directory")]
    offset: Annotated[int, Meta(ge=1, description="First line to read")] = 1
    limit: Annotated[int, Meta(ge=1, description="Lines to read")] | None = None

    async def run(self, job: ToolContext) -> ToolOutput:
        limits = job.limits
        data = await asyncio.to_thread(job.workdir.read, self.path, limits.file_bytes)
        text, note = await asyncio.to_thread(self._parsed, data)
        job.see(job.workdir.relative(self.path), data)
        lines = text.removesuffix("\n").split("\n")
        limit = self.limit or limits.read_lines
        output = self._page(lines, limit, limits.output_chars - len(note))
        return replace(output, text=output.text + note)

    def _parsed(self, data: bytes) -> tuple[str, str]:
        """Decode a file; returns its text and a note about an unusual format."""
        try:
            text, format_ = TextFormat.parse(data)
        except NotText as error:
            raise ToolError(f"{self.path} {error}") from None
        note = f"\n[{format_.note}]" if format_.note else ""
        return flatten(text), note

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
