from collections.abc import AsyncIterator

import pytest
from django.db import DatabaseError

from runners.engines.pool import EnginePool
from runners.journal.budget import Budget
from runners.mailbox.pending_command import PendingCommand
from runners.port.stop_reason import StopReason
from runners.process.runner import always_room
from runners.session.context import RunnerContext
from runners.session.leased import LeasedSession
from sessions_app.log.database.reader import Reader
from sessions_app.log.log import Log
from sessions_app.protocol.commands import Approve
from sessions_app.protocol.events import TextDelta
from tests.sessions_app.logbook import elsewhere, held_session

pytestmark = [pytest.mark.conformance, pytest.mark.usefixtures("transactional_db")]


class IdleOwner:
    """The owner of a session in which nothing runs."""

    def stop(self, stop_reason: StopReason) -> None: ...

    def throttle(self, delay_ms: int) -> None: ...


@pytest.fixture
async def context() -> AsyncIterator[RunnerContext]:
    reader = Reader(1)
    async with Log(lambda batch: None) as log:
        yield RunnerContext(log, reader, EnginePool({}), {}, always_room)
    await reader.close()


async def test_what_is_asked_of_a_session_that_cannot_write_ends_no_other(
    context: RunnerContext,
) -> None:
    session = await elsewhere(held_session)
    held = LeasedSession(context, session, Budget(session.model), IdleOwner())
    await held.journal.append(TextDelta(block="b", offset=0, delta="", ts=2**70))
    with pytest.raises((DatabaseError, OverflowError)):
        await held.journal.flush()
    answer = Approve(tool_use_id="toolu_1")
    await held.receive([PendingCommand(1, session.id, "ada", answer)])
    await held.slow_down(100)
