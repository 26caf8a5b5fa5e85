from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol, Self

from runners.port.host import AgentHost
from runners.port.run import Run
from sessions_app.protocol.events import Event


@dataclass(frozen=True, slots=True)
class SessionBrief:
    """The facts of a session that its engine needs to run it."""

    session_id: str
    engine: str
    model: str
    permission_mode: str
    workdir: str
    # `exec`, the command of an external program; `agent`, the name of an ACP agent.
    options: Mapping[str, Any]
    # Options that hold for the whole tree of sub-agents, such as `effort`.
    tree_options: Mapping[str, Any]
    depth: int  # 0 for a top session, 1 for its sub-agents, and so on
    is_resumed: bool  # the session had a log when this process claimed it
    has_budget: bool = False  # limits are set for the session's tree
    # Names of the further environment variables that its commands get.
    variables: tuple[str, ...] = ()


class EngineSession(Protocol):
    """An engine's state of one session, over all its runs in this process."""

    def closing(self) -> Sequence[Event]:
        """The events that close what a dead runner left open."""
        ...

    def receive(self, events: Iterable[Event]) -> None:
        """Receive events that were logged outside a run: people's messages."""
        ...

    async def run(self) -> Run:
        """Create the next run; the previous one has ended."""
        ...


class Engine(Protocol):
    """A kind of agent that can run sessions.

    A process opens each engine once, when the first session needs it. Opening and
    `session` raise RunFailed.
    """

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def session(
        self, brief: SessionBrief, host: AgentHost, log: Sequence[Event]
    ) -> EngineSession:
        """Open a session; `log` is its whole log so far."""
        ...
