import asyncio
from collections.abc import Callable

import pytest

from runners.engine.job import Job
from runners.engine.limits import Limits
from runners.engine.rules import Rules
from runners.engine.toolbox import TOOLS
from runners.engine.tools.tool import parse


class Shown(list):
    """An outlet that takes in events and does nothing else."""

    def __init__(self):
        self._changed = asyncio.Event()
        self.denied = []

    async def emit(self, *events):
        self += events
        self._changed.set()

    async def rules(self):
        return Rules.parse(deny=self.denied)

    async def note_process(self, pid):
        """Nobody takes over here."""

    async def forget_process(self, pid):
        """Likewise."""

    async def another(self):
        """Wait for another event."""
        self._changed.clear()
        await self._changed.wait()


@pytest.fixture
def job(workdir) -> Job:
    return Job(
        tool_use_id="t", workdir=workdir, outlet=Shown(), limits=Limits(), seen={}
    )


@pytest.fixture
def use(job) -> Callable:
    """Run a tool by name, as a call does."""

    async def run(tool, **arguments):
        return await parse(TOOLS[tool], arguments).run(job)

    return run
