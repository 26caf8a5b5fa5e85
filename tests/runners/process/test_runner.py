import asyncio
import threading
from contextlib import AbstractAsyncContextManager
from typing import Self

import pytest

from runners.engines.json_lines.engine import JsonLinesEngine
from runners.engines.json_lines.source import LineSource
from runners.engines.program.diagnostics import StderrTail
from runners.port.engine import SessionBrief
from runners.port.errors import RunFailed
from runners.process.runner import Runner
from sessions_app.protocol.engine_kind import EXEC

JOIN_S = 5.0


class ClosedEngine(JsonLinesEngine):
    """An engine that does not open."""

    async def __aenter__(self) -> Self:
        raise RunFailed("closed", "no door")


def _never(
    brief: SessionBrief, diagnostics: StderrTail
) -> AbstractAsyncContextManager[LineSource]:
    raise NotImplementedError


@pytest.mark.django_db(transaction=True)
async def test_a_runner_that_cannot_begin_leaves_nothing_open() -> None:
    tasks, threads = asyncio.all_tasks(), {*threading.enumerate()}
    with pytest.raises(RunFailed, match="no door"):
        await Runner(engines={EXEC.name: ClosedEngine(_never)}).__aenter__()
    for thread in {*threading.enumerate()} - threads:
        thread.join(JOIN_S)
        assert not thread.is_alive(), thread.name
    assert asyncio.all_tasks() == tasks
