import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from runners.engine.agent import RunResult
from runners.engine.outlet import OutletClosed
from runners.halt import Halt
from runners.journal import Journal
from sessions_app.protocol.events import AgentSpawn


class Child(Protocol):
    """A sub-agent's session, to be run by this process."""

    @property
    def session_id(self) -> str: ...

    async def run(self) -> RunResult: ...

    def stop(self, halt: Halt) -> None: ...


@dataclass(frozen=True, slots=True)
class EndedChild:
    """A sub-agent that came to its end before its parent went on."""

    session_id: str
    result: RunResult

    async def run(self) -> RunResult:
        return self.result

    def stop(self, halt: Halt) -> None:
        """There is nothing to stop."""


Create = Callable[[str, str], Awaitable[Child]]  # of its description and prompt
Find = Callable[[str], Awaitable[Child]]  # by its session's id
Begin = Callable[[], Awaitable[Child]]
Announce = Callable[[Child], Awaitable[None]]


class Children:
    """The sub-agents that one session's agent has called."""

    def __init__(self, journal: Journal, create: Create, find: Find) -> None:
        self._journal = journal
        self._create = create
        self._find = find
        self._known: Mapping[str, str] = {}  # sessions that are there, by their call
        self._halt = Halt.INTERRUPT

    def recall(self, known: Mapping[str, str]) -> None:
        """Go on with what another runner had begun."""
        self._known = known

    def stopping(self, halt: Halt) -> None:
        """Note how children are to stop when their calls are cut."""
        self._halt = halt

    async def spawn(self, description: str, prompt: str, tool_use_id: str) -> RunResult:
        """Run a child to its end; a cancelled call stops it first, in good order.

        A new one exists before it is announced, and does nothing before that.
        """

        async def announce(child: Child) -> None:
            spawned = AgentSpawn(
                child_id=child.session_id, task=description, tool_use_id=tool_use_id
            )
            await self._journal.append(spawned)
            # Nobody sees a child's event before the one that leads to the child.
            await self._journal.flush()

        known = self._known.get(tool_use_id)
        if known:
            return await self._run(Life(partial(self._find, known)))
        begin = partial(self._create, description, prompt)
        return await self._run(Life(begin, announce))

    async def _run(self, life: "Life") -> RunResult:
        task = asyncio.create_task(life.run(), name="child")
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            life.stop(self._halt)
            await asyncio.wait([task])
            task.exception()  # has been seen
            raise
        return task.result()


class Life:
    """One child from its creation to its end: whatever comes, it gets there."""

    def __init__(self, begin: Begin, announce: Announce | None = None) -> None:
        self._begin = begin
        self._announce = announce
        self._child: Child | None = None
        self._halt: Halt | None = None

    async def run(self) -> RunResult:
        self._child = await self._begin()
        if self._halt:
            self._child.stop(self._halt)
        try:
            if self._announce:
                await self._announce(self._child)
        except OutletClosed:  # the parent is somebody else's now
            self._child.stop(Halt.INTERRUPT)
        return await self._child.run()

    def stop(self, halt: Halt) -> None:
        self._halt = halt
        if self._child:
            self._child.stop(halt)
