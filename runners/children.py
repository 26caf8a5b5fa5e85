import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from runners.engine.agent import RunResult
from runners.engine.outlet import OutletClosed
from runners.halt import Halt


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


Create = Callable[[], Awaitable[Child]]
Announce = Callable[[Child], Awaitable[None]]


class Children:
    """The sub-agents that one session's agent has called."""

    def __init__(self) -> None:
        self._halt = Halt.INTERRUPT

    def stopping(self, halt: Halt) -> None:
        """Note how children are to stop when their calls are cut."""
        self._halt = halt

    async def run(self, create: Create, announce: Announce) -> RunResult:
        """Run a new child to its end; a cancelled call stops it first, in good order.

        It exists before it is announced, and does nothing before that.
        """
        life = Life(create, announce)
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

    def __init__(self, create: Create, announce: Announce) -> None:
        self._create = create
        self._announce = announce
        self._child: Child | None = None
        self._halt: Halt | None = None

    async def run(self) -> RunResult:
        self._child = await self._create()
        if self._halt:
            self._child.stop(self._halt)
        try:
            await self._announce(self._child)
        except OutletClosed:  # the parent is somebody else's now
            self._child.stop(Halt.INTERRUPT)
        return await self._child.run()

    def stop(self, halt: Halt) -> None:
        self._halt = halt
        if self._child:
            self._child.stop(halt)
