import asyncio
from typing import Protocol

import pytest

from runners.engines.claude_api.toolbox import TOOLS
from runners.permissions.rules import Rules
from runners.sandbox.workdir import Workdir
from runners.tools.context import ToolContext, ToolOutput
from runners.tools.limits import Limits
from runners.tools.tool import parse
from sessions_app.protocol.events import (
    Event,
)
from tests.runners.bare_host import BareHost


class Shown(BareHost, list[Event]):
    """A host that takes in events and does nothing else."""

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

    async def another(self) -> None:
        """Wait for another event."""
        self._changed.clear()
        await self._changed.wait()


class Use(Protocol):
    """Runs a tool by name, as a call does."""

    async def __call__(self, tool: str, **arguments: object) -> ToolOutput: ...


@pytest.fixture
def shown() -> Shown:
    return Shown()


@pytest.fixture
def job(workdir: Workdir, shown: Shown) -> ToolContext:
    return ToolContext(
        tool_use_id="t", workdir=workdir, host=shown, limits=Limits(), seen={}
    )


@pytest.fixture
def use(job: ToolContext) -> Use:
    async def run(tool: str, **arguments: object) -> ToolOutput:
        return await parse(TOOLS[tool], arguments).run(job)

    return run
