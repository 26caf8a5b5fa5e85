from dataclasses import dataclass
from typing import Protocol

from runners.permissions.rules import Rules
from sessions_app.protocol.events import (
    Approval,
    ApprovalRequest,
    Event,
    Outcome,
    UserMessage,
)

# The name under which an agent that repeats itself asks whether to go on; no tool.
LOOP = "loop"


class HostClosed(Exception):
    """The session is somebody else's now: the agent stops without another word."""


@dataclass(frozen=True, slots=True)
class SpawnResult:
    """What a sub-agent's run came to."""

    text: str
    status: Outcome


class AgentHost(Protocol):
    """What an agent needs of whoever runs it.

    Any of these may raise HostClosed; no other exception is the agent's to handle.
    Calls of one turn use it at the same time. Those that run when the agent is
    stopped have their `emit` (of output deltas and todos), `keep`, `ask` or `spawn`
    cancelled:
    an append then happens whole or not at all, and a cancelled `spawn` stops the
    child and waits for its end before it lets go.
    """

    async def emit(self, *events: Event) -> None:
        """Append to the log, in this order; waits while the log is full."""
        ...

    async def note_process(self, pid: int) -> None:
        """Record a command that has been started, and leads a process group."""
        ...

    async def forget_process(self, pid: int) -> None:
        """Note that it has ended; not called where the call is cancelled."""
        ...

    async def keep(self, data: bytes, total_bytes: int) -> str:
        """Store a tool's full output, or the beginning of it; answers its id."""
        ...

    async def rules(self) -> Rules:
        """What is allowed and denied in this session's tree now."""
        ...

    async def ask(self, request: ApprovalRequest) -> Approval:
        """Log the question, wait for ever for its answer, log that too.

        An approval for the session makes the request's rule one of the tree's.
        """
        ...

    async def afford(self) -> str:
        """Wait until the budget allows another turn; answers why not, "" if it does."""
        ...

    async def spawn(
        self, description: str, prompt: str, tool_use_id: str
    ) -> SpawnResult:
        """Run a sub-agent to its end; logs `agent_spawn`."""
        ...

    async def messages(self) -> list[UserMessage]:
        """Take what people have said meanwhile; it is in the log already."""
        ...
