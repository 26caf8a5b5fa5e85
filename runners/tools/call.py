from dataclasses import dataclass, replace
from typing import Self

from sessions_app.protocol.wire import Json


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool call Claude asked for; one with a `problem` is answered, never run."""

    tool_use_id: str
    tool: str
    input: Json
    problem: str = ""

    def refused(self, problem: str) -> Self:
        """The same call, with a reason not to run it."""
        return replace(self, problem=self.problem or problem)
