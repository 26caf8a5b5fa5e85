from dataclasses import dataclass, field

from runners.engines.claude_api.toolbox import TOOLS
from runners.permissions.mode import Effect
from runners.tools.call import ToolCall
from sessions_app.protocol.events import Approval, ToolResult
from sessions_app.protocol.wire import Json

LOST = "The runner stopped before this call ended; it may have had effects."
NOT_RUN = "The runner stopped before this call, which was cut, was answered."


@dataclass(slots=True)
class PendingCall:
    """A call of the last turn: its result, or how far it came."""

    tool: str
    input: Json
    is_whole: bool  # its input is complete
    result: Json | None = None
    shown: list[str] = field(default_factory=list)
    asked: bool = False
    answer: Approval | None = None

    @property
    def is_repeatable(self) -> bool:
        """Whether the call has no result and is safe to run, or to run again.

        A call has not begun while its approval is pending, nor if it was denied. A
        read-only tool may run again, and a sub-agent resumes where it was.
        """
        if self.result is not None or not self.is_whole:
            return False
        if self.answer:
            return self.answer.decision == "denied"
        return self.asked or _is_harmless(self.tool)

    def again(self, tool_use_id: str) -> ToolCall:
        return ToolCall(tool_use_id, self.tool, self.input)

    def lost(self, tool_use_id: str) -> ToolResult:
        """Make the result of an interrupted call, with the output seen so far."""
        shown = "".join(self.shown).rstrip("\n")
        note = LOST if self.is_whole else NOT_RUN
        return ToolResult(
            tool_use_id=tool_use_id,
            tool=self.tool,
            output=f"{shown}\n{note}" if shown else note,
            is_error=True,
            duration_ms=0,
        )


def _is_harmless(tool: str) -> bool:
    known = TOOLS.get(tool)
    return known is None or known.effect is Effect.NONE
