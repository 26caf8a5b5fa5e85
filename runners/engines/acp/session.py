from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence

from runners.engines.acp.memory import EarlierRuns
from runners.engines.acp.starter import AgentStarter
from runners.engines.json_lines.run import ExternalRun
from runners.engines.json_lines.transcript.closing import closing
from runners.port.engine import SessionBrief
from runners.port.errors import RunFailed
from runners.port.host import AgentHost
from sessions_app.protocol.events import (
    AgentComplete,
    Event,
    ToolResult,
    ToolUse,
    UserMessage,
)

# Returns why an agent must not work for the people of these names; "" if it may.
Check = Callable[[SessionBrief, Collection[str]], Awaitable[str]]
DIED = "The agent that asked this is gone: nobody waits for the answer any more."


class AcpSession:
    """A session of an ACP agent, run after run; the agent keeps its own memory."""

    def __init__(
        self,
        brief: SessionBrief,
        host: AgentHost,
        log: Sequence[Event],
        starter: AgentStarter,
        check: Check,
    ) -> None:
        self._brief = brief
        self._host = host
        self._starter = starter
        self._check = check
        self._is_first = not log
        self._closing = [*closing(log), *_closed_questions(log)]

    def closing(self) -> Sequence[Event]:
        return self._closing

    def receive(self, events: Iterable[Event]) -> None:
        """Do nothing: each run reads people's messages from the log."""

    async def run(self) -> ExternalRun:
        log = await self._host.read_log()
        past = EarlierRuns.of(log)
        names = _who_wrote(log)
        if why := await self._check(self._brief, names):
            raise RunFailed("agent_not_allowed", why)
        is_first, self._is_first = self._is_first, False
        opener = self._starter.opener(self._host, past)
        return ExternalRun(
            self._brief, self._host, opener, (), first=is_first, hands_over=True
        )


def _who_wrote(log: Sequence[Event]) -> set[str]:
    """Return the names of people who sent messages since the last run ended."""
    names: set[str] = set()
    for event in log:
        if isinstance(event, UserMessage):
            names.add(event.by)
        elif isinstance(event, AgentComplete):
            names.clear()
    return names


def _closed_questions(log: Sequence[Event]) -> list[ToolResult]:
    """Close approval requests of a dead agent that belong to no tool call."""
    calls = {event.tool_use_id for event in log if isinstance(event, ToolUse)}
    return [
        ToolResult(
            tool_use_id=asked.tool_use_id,
            tool=asked.tool,
            output=DIED,
            is_error=True,
            duration_ms=0,
        )
        for asked in EarlierRuns.of(log).asked
        if asked.tool_use_id not in calls
    ]
