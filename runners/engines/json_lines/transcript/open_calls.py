from dataclasses import dataclass, field

from runners.port.streamed_text import StreamedText
from sessions_app.protocol.events import ToolResult, ToolUse
from sessions_app.protocol.wire import Json

NO_RESULT = "The program gave no result of this call."


@dataclass(slots=True)
class OpenCall:
    """A tool call whose result has not come yet."""

    tool_use_id: str
    tool: str
    began: float  # monotonic clock, in seconds
    output: StreamedText
    input: Json = field(default_factory=dict)
    child: str = ""  # the name of the sub-agent that this call started

    def lost(self, now: float) -> ToolResult:
        """Make the result of a call for which the program sent none."""
        text = self.output.text
        return ToolResult(
            tool_use_id=self.tool_use_id,
            tool=self.tool,
            output=f"{text}\n{NO_RESULT}" if text else NO_RESULT,
            is_error=True,
            duration_ms=self.ms(now),
        )

    def ms(self, now: float) -> int:
        return max(0, round((now - self.began) * 1000))


class OpenCalls:
    """The open calls of one session, oldest first."""

    def __init__(self) -> None:
        self._open: dict[str, OpenCall] = {}

    def add(self, use: ToolUse, began: float, output: StreamedText) -> None:
        name = use.tool_use_id
        self._open[name] = OpenCall(name, use.tool, began, output, use.input)

    def get(self, tool_use_id: str) -> OpenCall | None:
        return self._open.get(tool_use_id)

    def guess(self, tool: str) -> OpenCall | None:
        """The call that a line without an id means: the oldest of that tool."""
        calls = [call for call in self._open.values() if not call.child]
        same = [call for call in calls if call.tool == tool]
        return next(iter(same if tool else calls), None)

    def spawner(self) -> OpenCall | None:
        """The call that started a sub-agent: the newest without a sub-agent."""
        calls = [call for call in self._open.values() if not call.child]
        return calls[-1] if calls else None

    def of_child(self, child: str) -> OpenCall | None:
        calls = self._open.values()
        return next((call for call in calls if call.child == child), None)

    def pop(self, tool_use_id: str) -> OpenCall | None:
        return self._open.pop(tool_use_id, None)

    def clear(self) -> list[OpenCall]:
        """Forget all calls; returns those that were open."""
        calls, self._open = [*self._open.values()], {}
        return calls
