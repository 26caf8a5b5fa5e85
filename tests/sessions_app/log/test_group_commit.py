import asyncio

import pytest
from django.conf import LazySettings

from sessions_app.batch import Batch
from sessions_app.log import Log
from sessions_app.models import AgentSession
from tests.sessions_app.logbook import (
    check_continuity,
    delta,
    elsewhere,
    locked,
    stored,
    ticks,
    writer_of,
)

pytestmark = [pytest.mark.conformance, pytest.mark.usefixtures("transactional_db")]


async def test_what_comes_while_a_commit_runs_leaves_with_the_next(
    log: Log, one: AgentSession, two: AgentSession, published: list[Batch]
) -> None:
    first, second = writer_of(log, one), writer_of(log, two)
    with locked(one.id):
        await first.append(delta("0"))
        await ticks()  # the commit has begun, and waits
        for _ in range(20):
            await first.append(delta("1"))
            await second.append(delta("2"))
        await ticks()
        assert published == []
    await first.flush()
    await second.flush()
    assert [(b.session_id, b.count) for b in published] == [
        (one.id, 1),
        (one.id, 20),
        (two.id, 20),
    ]


async def test_an_append_waits_while_the_log_is_full(
    log: Log, one: AgentSession, settings: LazySettings
) -> None:
    settings.LOG_QUEUE_MAX_BYTES = 1000
    writer = writer_of(log, one)
    with locked(one.id):
        await writer.append(delta("0"))
        await ticks()
        await writer.append(delta("x" * 1000))
        waiting = asyncio.create_task(writer.append(delta("1")))
        await ticks()
        assert not waiting.done()
        assert writer.head == 2
    await waiting
    await writer.flush()
    assert len(await elsewhere(stored, one.id)) == 3


async def test_many_events_fit_one_commit(
    log: Log, one: AgentSession, published: list[Batch]
) -> None:
    writer = writer_of(log, one)
    await writer.append(*[delta(str(n)) for n in range(1203)])
    await writer.flush()
    assert [batch.count for batch in published] == [1203]
    check_continuity(published, await elsewhere(stored, one.id))
