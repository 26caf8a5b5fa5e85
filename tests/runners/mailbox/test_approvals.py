import asyncio
from collections.abc import AsyncIterator

import pytest

from runners.journal.budget import Budget
from runners.journal.journal import Journal
from runners.mailbox.approvals import ApprovalGateway
from runners.mailbox.mailbox import Mailbox
from runners.records.records import SessionRecords
from sessions_app.log.database.reader import Reader
from sessions_app.log.log import Log
from sessions_app.models import AgentSession
from sessions_app.protocol.encoding.codec import decode_event
from sessions_app.protocol.events import ApprovalRequest
from tests.sessions_app.logbook import elsewhere, held_session, stored, ticks

pytestmark = pytest.mark.usefixtures("transactional_db")
QUESTION = ApprovalRequest(
    tool_use_id="budget_turns_1", tool="budget", input={}, reason="More?"
)


@pytest.fixture
async def reader() -> AsyncIterator[Reader]:
    reader = Reader(1)
    yield reader
    await reader.close()


@pytest.fixture
async def log() -> AsyncIterator[Log]:
    async with Log(lambda batch: None) as log:
        yield log


async def types(session: AgentSession) -> list[str]:
    lines = await elsewhere(stored, session.id)
    return [decode_event(data).wire_type() for _, data in lines]


async def test_a_question_that_was_stopped_on_its_way_is_asked_again(
    log: Log, reader: Reader
) -> None:
    session = await elsewhere(held_session)
    room = asyncio.Event()

    async def has_room() -> None:
        await room.wait()

    records = SessionRecords(reader, session.id)
    journal = Journal(log, session, records, Budget(session.model), has_room)
    approvals = ApprovalGateway(journal, Mailbox(), records)
    for is_full in (True, False):
        asking = asyncio.create_task(approvals.ask(QUESTION))
        await ticks()
        if not is_full:
            room.set()
            await ticks()
            await journal.flush()
        asking.cancel()
        await asyncio.wait([asking])
    assert await types(session) == ["approval_request", "status"]
