from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from runners.tools.context import ToolContext, ToolOutput
from runners.tools.tool import Tool
from sessions_app.protocol.events import TodoUpdate


class TodoItem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    text: Annotated[str, Meta(min_length=1)]
    status: Literal["pending", "in_progress", "completed"]


class TodoWrite(Tool, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Write down the steps of a longer task, for those who watch; replaces the list."""

    items: list[TodoItem]

    async def run(self, job: ToolContext) -> ToolOutput:
        items = [msgspec.to_builtins(item) for item in self.items]
        await job.host.emit(TodoUpdate(items=items))
        return ToolOutput("Noted")
