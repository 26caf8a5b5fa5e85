import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Protocol

from runners.journal.journal import Journal
from runners.port.host import HostClosed
from runners.port.run import RunResult
from runners.port.stop_reason import StopReason
from runners.records.last_words import last_words
from runners.records.rows import read_log
from sessions_app.models import AgentSession
from sessions_app.protocol.events import AgentSpawn, Outcome
from sessions_app.protocol.status import SessionStatus

OUTCOMES: Mapping[SessionStatus, Outcome] = MappingProxyType(
    {
        SessionStatus.COMPLETED: "success",
        SessionStatus.FAILED: "error",
        SessionStatus.CANCELLED: "cancelled",
    }
)


class Child(Protocol):
    """A sub-agent's session, to be run by this process."""

    @property
    def session_id(self) -> str: ...

    async def run(self) -> RunResult: ...

    def stop(self, stop_reason: StopReason) -> None: ...


@dataclass(frozen=True, slots=True)
class EndedChild:
    """A sub-agent that ended before its parent was resumed."""

    session_id: str
    result: RunResult

    async def run(self) -> RunResult:
        return self.result

    def stop(self, stop_reason: StopReason) -> None:
        """Nothing to do: the sub-agent has ended."""


def ended_child(session_id: str) -> EndedChild | None:
    """The result of a sub-agent that has ended; None if it can still be continued."""
    status = AgentSession.objects.get(id=session_id).status
    outcome = OUTCOMES.get(SessionStatus(status))
    if outcome is None:
        return None
    words = last_words(read_log(session_id))
    return EndedChild(session_id, RunResult(outcome, words))


Create = Callable[[str, str], Awaitable[Child]]  # called with description and prompt
Find = Callable[[str], Awaitable[Child]]  # called with the session's id
Begin = Callable[[], Awaitable[Child]]
Announce = Callable[[Child], Awaitable[None]]


class Children:
    """The sub-agents that one session's agent has started."""

    def __init__(self, journal: Journal, create: Create, find: Find) -> None:
        self._journal = journal
        self._create = create
        self._find = find
        self._known: Mapping[str, str] = {}  # existing child sessions, by tool_use_id
        self._stop_reason = StopReason.INTERRUPT

    def recall(self, known: Mapping[str, str]) -> None:
        """Continue the sub-agents that an earlier runner started."""
        self._known = known

    def stopping(self, stop_reason: StopReason) -> None:
        """Note the reason with which children stop when their calls are cancelled."""
        self._stop_reason = stop_reason

    async def spawn(self, description: str, prompt: str, tool_use_id: str) -> RunResult:
        """Run a child to its end; a cancelled call stops the child and waits for it.

        A new child's session is created first, then announced in the parent's log, then
        run.
        """

        async def announce(child: Child) -> None:
            spawned = AgentSpawn(
                child_id=child.session_id, task=description, tool_use_id=tool_use_id
            )
            await self._journal.append(spawned)
            # The parent's agent_spawn must be committed before any event of the child.
            await self._journal.flush()

        known = self._known.get(tool_use_id)
        if known:
            return await self._run(ChildRun(partial(self._find, known)))
        begin = partial(self._create, description, prompt)
        return await self._run(ChildRun(begin, announce))

    async def _run(self, life: "ChildRun") -> RunResult:
        task = asyncio.create_task(life.run(), name="child")
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            life.stop(self._stop_reason)
            await asyncio.wait([task])
            task.exception()  # retrieved, so that asyncio does not report it
            raise
        return task.result()


class ChildRun:
    """One child from its creation to its end, which it reaches even when stopped."""

    def __init__(self, begin: Begin, announce: Announce | None = None) -> None:
        self._begin = begin
        self._announce = announce
        self._child: Child | None = None
        self._stop_reason: StopReason | None = None

    async def run(self) -> RunResult:
        self._child = await self._begin()
        if self._stop_reason:
            self._child.stop(self._stop_reason)
        try:
            if self._announce:
                await self._announce(self._child)
        except HostClosed:  # another runner has the parent
            self._child.stop(StopReason.INTERRUPT)
        return await self._child.run()

    def stop(self, stop_reason: StopReason) -> None:
        self._stop_reason = stop_reason
        if self._child:
            self._child.stop(stop_reason)
