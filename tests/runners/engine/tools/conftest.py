import asyncio
from typing import Protocol

import pytest

from runners.engine.job import Job, Output
from runners.engine.limits import Limits
from runners.engine.outlet import SpawnResult
from runners.engine.rules import Rules
from runners.engine.toolbox import TOOLS
from runners.engine.tools.tool import parse
from runners.engine.workdir import Workdir
from sessions_app.protocol.events import (
    Approval,
    ApprovalRequest,
    Event,
    UserMessage,
)


class Shown(list[Event]):
    """An outlet that takes in events and does nothing else."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()
        self.denied: list[str] = []

    async def emit(self, *events: Event) -> None:
        self += events
        self._changed.set()

    async def rules(self) -> Rules:
        return Rules.parse(deny=self.denied)

    async def note_process(self, pid: int) -> None:
        """Nobody takes over here."""

    async def forget_process(self, pid: int) -> None:
        """Likewise."""

    async def keep(self, data: bytes, total_bytes: int) -> str:
        raise NotImplementedError

    async def ask(self, request: ApprovalRequest) -> Approval:
        raise NotImplementedError

    async def afford(self) -> str:
        raise NotImplementedError

    async def spawn(
        self, description: str, prompt: str, tool_use_id: str
    ) -> SpawnResult:
        raise NotImplementedError

    async def messages(self) -> list[UserMessage]:
        raise NotImplementedError

    async def another(self) -> None:
        """Wait for another event."""
        self._changed.clear()
        await self._changed.wait()


class Use(Protocol):
    """Runs a tool by name, as a call does."""

    async def __call__(self, tool: str, **arguments: object) -> Output: ...


@pytest.fixture
def shown() -> Shown:
    return Shown()


@pytest.fixture
def job(workdir: Workdir, shown: Shown) -> Job:
    return Job(tool_use_id="t", workdir=workdir, outlet=shown, limits=Limits(), seen={})


@pytest.fixture
def use(job: Job) -> Use:
    async def run(tool: str, **arguments: object) -> Output:
        return await parse(TOOLS[tool], arguments).run(job)

    return run
