from typing import Annotated, ClassVar

from msgspec import Meta

from runners.permissions.mode import Effect
from runners.sandbox.existing_file import ExistingFile
from runners.sandbox.shielded_thread import to_the_end
from runners.tools.context import ToolContext, ToolError, ToolOutput
from runners.tools.text_format import NotEncodable, NotText, TextFormat
from runners.tools.tool import Tool


class WriteFile(Tool, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Create a file, its directories too, or replace the content of one.

    A file that is there already must have been read first.
    """

    effect: ClassVar = Effect.WRITE

    path: Annotated[str, Meta(description="Relative to the working directory")]
    content: str

    async def run(self, job: ToolContext) -> ToolOutput:
        return await to_the_end(self._write, job)

    def _write(self, job: ToolContext) -> ToolOutput:
        with job.workdir.lock:
            try:
                return self._create(job)
            except FileExistsError:
                with job.workdir.changing(self.path) as file:
                    return self._replace(file, job)

    def _create(self, job: ToolContext) -> ToolOutput:
        data = self._encoded(TextFormat())
        job.workdir.create(self.path, data)
        job.see(job.workdir.relative(self.path), data)
        return ToolOutput(f"Wrote {len(data):,} bytes to {self.path}")

    def _replace(self, file: ExistingFile, job: ToolContext) -> ToolOutput:
        old, kept = file.read(job.limits.file_bytes), TextFormat()
        if old:  # an empty file may be replaced unread
            job.check_seen(self.path, old)
            kept = self._format(old)
            if kept.errors != "strict" and "\ufffd" in self.content:
                raise ToolError(
                    f"{self.path} has bytes that were shown as \ufffd, and would lose "
                    "them: change it with edit_file, which keeps them"
                )
        data = self._encoded(kept)
        file.replace(old, data)
        job.see(job.workdir.relative(self.path), data)
        note = f", as before in {kept.note}" if kept.note else ""
        return ToolOutput(f"Wrote {len(data):,} bytes to {self.path}{note}")

    def _format(self, old: bytes) -> TextFormat:
        try:
            return TextFormat.parse(old)[1]
        except NotText as error:
            raise ToolError(f"{self.path} {error}: it cannot be replaced") from None

    def _encoded(self, kept: TextFormat) -> bytes:
        try:
            return kept.encode(kept.with_line_ends(self.content))
        except NotEncodable as error:
            raise ToolError(f"{self.path} {error}") from None
