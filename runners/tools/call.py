from dataclasses import dataclass, replace
from typing import Self

from sessions_app.protocol.wire import Json


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool call of Claude's; one with a `problem` gets an error result unrun."""

    tool_use_id: str
    tool: str
    input: Json
    problem: str = ""

    def refused(self, problem: str) -> Self:
        """A copy of the call with a reason not to run it."""
        return replace(self, problem=self.problem or problem)
