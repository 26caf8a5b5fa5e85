from typing import Annotated

from msgspec import Meta

from runners.tools.context import ToolContext, ToolOutput
from runners.tools.tool import Tool


class SpawnAgent(Tool, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Have another agent do a task of its own, and answer with what it reports.

    It knows nothing of this conversation. Several calls in one turn work in parallel.
    """

    description: Annotated[str, Meta(description="The task in a few words")]
    prompt: Annotated[str, Meta(min_length=1, description="All it needs to know")]

    async def run(self, job: ToolContext) -> ToolOutput:
        result = await job.host.spawn(self.description, self.prompt, job.tool_use_id)
        if result.status == "success":
            return ToolOutput(result.text or "(the agent ended without a word)")
        text = f"[the agent ended: {result.status}]\n{result.text}"
        return ToolOutput(text.rstrip(), is_error=True)
