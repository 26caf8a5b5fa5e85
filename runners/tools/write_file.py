from typing import Annotated, ClassVar

from msgspec import Meta

from runners.permissions.mode import Effect
from runners.sandbox.shielded_thread import to_the_end
from runners.tools.context import ToolContext, ToolOutput
from runners.tools.tool import Tool


class WriteFile(Tool, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Create a file, its directories too, or replace one whole."""

    effect: ClassVar = Effect.WRITE

    path: Annotated[str, Meta(description="Relative to the working directory")]
    content: str

    async def run(self, job: ToolContext) -> ToolOutput:
        return await to_the_end(self._write, job)

    def _write(self, job: ToolContext) -> ToolOutput:
        data = self.content.encode()
        with job.workdir.lock:
            stamp = job.workdir.write(self.path, data)
            job.see(job.workdir.relative(self.path), stamp)
        return ToolOutput(f"Wrote {len(data):,} bytes to {self.path}")
