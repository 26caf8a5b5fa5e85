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
    OptionChosen,
    Outcome,
    UserMessage,
)

# Tool name of the question whether an agent that repeats itself shall go on; no tool
# has this name.
LOOP = "loop"


class HostClosed(Exception):
    """Another runner has the session: the agent must stop and writes nothing more."""


@dataclass(frozen=True, slots=True)
class SpawnResult:
    """How a sub-agent's run ended, with its last text."""

    text: str
    status: Outcome


class EventHost(Protocol):
    """Where one session's events are logged and its approvals requested.

    Every method may raise HostClosed; agents handle no other exception of these
    methods.
    """

    @property
    def session_id(self) -> str: ...

    async def emit(self, *events: Event) -> None:
        """Append to the log, in this order; waits while the log is full.

        A final `agent_complete` ends the run and determines the session's status.
        """
        ...

    async def record(self, *events: Event) -> None:
        """Append events without ending the run, such as an earlier run's last one."""
        ...

    async def request_approval(
        self, request: ApprovalRequest, *, keeps_scope: bool = False
    ) -> "asyncio.Task[Approval]":
        """Log a request; the returned task waits for its answer and logs it.

        `keeps_scope`: the agent itself remembers what was approved for the session, so
        the scope that a person chose is kept although Ringside makes no rule of it.
        """
        ...

    async def keep_image(self, data: bytes) -> str:
        """Store a raster image of a result's `content`; returns the output's id.

        Its bytes are kept as they are, unlike a text's, whose secrets are masked.
        """
        ...

    async def withdrawn(self) -> None:
        """Log that a question was withdrawn: its `request_approval` task was cancelled.

        The session's status no longer waits for it.
        """
        ...

    async def open_child(
        self, spawn: AgentSpawn, send: Callable[[Command], None]
    ) -> "ChildHost":
        """Open a session for a sub-agent that the agent itself runs.

        Logs `agent_spawn` with the new session's id, before any event of the child.
        `send` is called with the commands that people and servers send to the child:
        interrupt, cancel, throttle, resume.
        """
        ...


class ChildHost(EventHost, Protocol):
    """The session of a sub-agent that the agent itself runs.

    `emit` with a final `agent_complete` ends the session and releases its lease.
    """

    @property
    def is_lost(self) -> bool:
        """True when another runner has taken the child's session."""
        ...


class AgentHost(EventHost, Protocol):
    """The services that a session offers to its agent.

    Calls of one turn use the host concurrently. When the agent is stopped, `emit` (of
    output deltas and todos), `keep`, `ask` and `spawn` of its running calls are
    cancelled: a cancelled append is done whole or not at all, and a cancelled `spawn`
    stops the child and waits for its end.
    """

    @property
    def head(self) -> int:
        """The seq of the session's last committed event."""
        ...

    async def read_log(self) -> list[Event]:
        """Read the session's whole log so far, unmasked."""
        ...

    async def note_process(self, pid: int) -> None:
        """Record a started command that leads a process group."""
        ...

    async def forget_process(self, pid: int) -> None:
        """Record that the command has ended; not called for a cancelled call."""
        ...

    async def keep(self, data: bytes, total_bytes: int) -> str:
        """Store a tool's full output, or its beginning; returns the output's id."""
        ...

    async def keep_diagnostics(self, text: str, total_bytes: int) -> None:
        """Store the end of what the agent's program wrote to stderr."""
        ...

    async def rules(self) -> Rules:
        """The current permission rules of this session's tree."""
        ...

    async def ask(self, request: ApprovalRequest) -> Approval:
        """Log a request, wait for its answer without limit, and log the answer.

        An approval for the session adds the request's rule to the tree's rules.
        """
        ...

    async def afford(self) -> str:
        """Wait until the budget allows another turn; returns "", or why it does not."""
        ...

    async def spawn(
        self, description: str, prompt: str, tool_use_id: str
    ) -> SpawnResult:
        """Run a sub-agent on the same engine to its end; logs `agent_spawn`."""
        ...

    async def arrival(self) -> None:
        """Wait until a command has arrived since the last call returned."""
        ...

    async def messages(self) -> list[UserMessage]:
        """Take people's new messages; they are in the log when this returns."""
        ...

    async def choices(self) -> list[OptionChosen]:
        """Take people's new choices of settings; they are in the log when this returns.

        Only of engines whose kind says `has_settings`. A choice that is not taken waits
        for the session's next runner. The agent answers with `config_options`, or with
        an `error` that has the choice's `command_id`.
        """
        ...

    async def rest(self, outcome: Outcome, *events: Event, detail: str) -> None:
        """Append last events and the status for `outcome`, without `agent_complete`."""
        ...
