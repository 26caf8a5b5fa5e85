from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from runners.engines.claude_api.conversation.conversation import Conversation
from runners.engines.claude_api.run.run_ended import RunEnded
from runners.engines.claude_api.run.stop import Stop, Stopped
from runners.port.host import AgentHost
from runners.tools.limits import Limits
from sessions_app.protocol.events import ApprovalRequest, ToolResult


@dataclass(frozen=True, slots=True)
class LoopCheck:
    """Asks a person before a run goes on that goes round in circles."""

    host: AgentHost
    conversation: Conversation
    limits: Limits
    stop: Stop
    emit: Callable[..., Awaitable[None]]

    async def check(self) -> None:
        """Ask a person whether to go on if recent turns only repeat earlier ones.

        Raises RunEnded and Stopped.
        """
        repetition, limits = self.conversation.repetition, self.limits
        if repetition.failed < limits.failed_repeats and (
            repetition.stale < limits.stale_repeats
        ):
            return
        request = repetition.question(self.conversation.next_turn)
        try:
            async with self.stop:
                approval = await self.host.ask(request)
        except Stopped as stopped:
            if stopped.status != "left":  # the next runner repeats the question
                await self.emit(_closed(request, "Not answered", is_error=True))
            raise
        self.conversation.apply(approval)
        if approval.decision == "approved":
            await self.emit(_closed(request, "Agreed"))
            return
        await self.emit(_closed(request, "Not agreed", is_error=True))
        why = f": {approval.reason}" if approval.reason else ""
        raise RunEnded("interrupted", "loop", f"Stopped going round in circles{why}")


def _closed(
    request: ApprovalRequest, output: str, *, is_error: bool = False
) -> ToolResult:
    """Make the result that closes a question which belongs to no tool."""
    return ToolResult(
        tool_use_id=request.tool_use_id,
        tool=request.tool,
        output=output,
        is_error=is_error,
        duration_ms=0,
    )
