import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from runners.permissions.rules import Rules
from sessions_app.protocol.commands import Command
from sessions_app.protocol.events import (
    AgentSpawn,
    Approval,
    ApprovalRequest,
    Event,
    Outcome,
    UserMessage,
)

# The name under which an agent that repeats itself asks whether to go on; no tool.
LOOP = "loop"


class HostClosed(Exception):
    """Another runner has the session now: the agent stops and writes nothing more."""


@dataclass(frozen=True, slots=True)
class SpawnResult:
    """How a sub-agent's run ended, with its last words."""

    text: str
    status: Outcome


class EventHost(Protocol):
    """Where the events of one session go, and where its questions are asked.

    Every method may raise HostClosed; an agent handles no other exception of these.
    """

    @property
    def session_id(self) -> str: ...

    async def emit(self, *events: Event) -> None:
        """Append to the log, in this order; waits while the log is full.

        A last `agent_complete` ends the run: the session's status follows from it.
        """
        ...

    async def record(self, *events: Event) -> None:
        """Append to the log what ends nothing now: an earlier run's last event."""
        ...

    async def pose(
        self, request: ApprovalRequest, *, keeps_scope: bool = False
    ) -> "asyncio.Task[Approval]":
        """Log a question; the task waits for its answer, without limit, and logs that.

        `keeps_scope`: the agent itself remembers what was approved for the session, so
        the scope that a person chose is kept though Ringside makes no rule of it.
        """
        ...

    async def open_child(
        self, spawn: AgentSpawn, tell: Callable[[Command], None]
    ) -> "ChildHost":
        """Open a session for a sub-agent that the agent itself runs.

        Logs `agent_spawn` with the new session's id; the child's first event comes
        after that. `tell` is called with what people and servers ask of the child:
        interrupt, cancel, throttle, resume.
        """
        ...


class ChildHost(EventHost, Protocol):
    """The session of a sub-agent that the agent itself runs.

    `emit` with a last `agent_complete` ends the session and releases its lease.
    """

    @property
    def is_lost(self) -> bool:
        """True when another runner has taken the child's session."""
        ...


class AgentHost(EventHost, Protocol):
    """What an agent needs of the session that it works for.

    Calls of one turn use the host at the same time. When the agent is stopped, its
    running calls have their `emit` (of output deltas and todos), `keep`, `ask` or
    `spawn` cancelled: an append then happens whole or not at all, and a cancelled
    `spawn` stops the child and waits for the child's end.
    """

    @property
    def head(self) -> int:
        """The seq of the session's last committed event."""
        ...

    async def read_log(self) -> list[Event]:
        """Read all that was written in the session's log so far, unmasked."""
        ...

    async def note_process(self, pid: int) -> None:
        """Record a command that has been started and leads a process group."""
        ...

    async def forget_process(self, pid: int) -> None:
        """Record that the command has ended; not called where a call is cancelled."""
        ...

    async def keep(self, data: bytes, total_bytes: int) -> str:
        """Store a tool's full output, or its beginning; return the output's id."""
        ...

    async def keep_diagnostics(self, text: str, total_bytes: int) -> None:
        """Store the end of what the agent's program wrote to stderr."""
        ...

    async def rules(self) -> Rules:
        """The permission rules of this session's tree, as they are now."""
        ...

    async def ask(self, request: ApprovalRequest) -> Approval:
        """Log the question, wait for its answer without limit, and log that too.

        An approval for the session makes the request's rule one of the tree's.
        """
        ...

    async def afford(self) -> str:
        """Wait until the budget allows another turn; "" then, else the reason."""
        ...

    async def spawn(
        self, description: str, prompt: str, tool_use_id: str
    ) -> SpawnResult:
        """Run a sub-agent on the same engine to its end; logs `agent_spawn`."""
        ...

    async def arrival(self) -> None:
        """Wait until people have sent something since the last call returned."""
        ...

    async def messages(self) -> list[UserMessage]:
        """Take what people have said; these events are in the log when this returns."""
        ...

    async def rest(self, outcome: Outcome, *events: Event, detail: str) -> None:
        """Append last events and the status they lead to, without `agent_complete`."""
        ...
