import asyncio
import json
import random

import pytest

from sessions_app.log.batch import Batch
from sessions_app.log.committer import LeaseLost
from sessions_app.log.log import Log
from sessions_app.models import AgentSession
from sessions_app.protocol.encoding.codec import decode_event
from sessions_app.protocol.events import TextDelta
from tests.sessions_app.logbook import (
    change,
    check_continuity,
    delta,
    elsewhere,
    held_session,
    row,
    stored,
    writer_of,
)

pytestmark = [pytest.mark.conformance, pytest.mark.usefixtures("transactional_db")]


async def test_concurrent_writers_leave_whole_logs_in_order(
    log: Log, published: list[Batch]
) -> None:
    sessions = [await elsewhere(held_session, id=f"s_{n}") for n in range(5)]
    chance = random.Random(1)  # noqa: S311 the same in each run

    async def write(session: AgentSession) -> None:
        writer = writer_of(log, session)
        for number in range(60):
            await writer.append(*[delta(f"{number}.{n}") for n in range(number % 4)])
            if chance.random() < 0.3:
                await asyncio.sleep(chance.random() / 1000)
            if chance.random() < 0.1:
                await writer.flush()
        await writer.flush()

    await asyncio.gather(*map(write, sessions))
    said = [f"{number}.{n}" for number in range(60) for n in range(number % 4)]
    for session in sessions:
        rows = await elsewhere(stored, session.id)
        assert [seq for seq, _ in rows] == list(range(1, len(said) + 1))
        events = [decode_event(data) for _, data in rows]
        assert [e.delta for e in events if isinstance(e, TextDelta)] == said
        assert (await elsewhere(row, session.id)).head_seq == len(said)
        batches = [b for b in published if b.session_id == session.id]
        check_continuity(batches, rows)


async def test_what_is_stored_is_what_travels(
    log: Log, one: AgentSession, published: list[Batch]
) -> None:
    writer = writer_of(log, one)
    await writer.append(delta("\U0001f600\u0000\n"))
    await writer.flush()
    ((seq, data),) = await elsewhere(stored, one.id)
    event = json.loads(data)
    assert event["sessionId"] == one.id
    assert event["seq"] == seq == 1
    assert event["delta"] == "\U0001f600\u0000\n"
    assert json.loads(published[0].text)["events"] == [event]


async def test_an_events_own_time_is_kept(log: Log, one: AgentSession) -> None:
    writer = writer_of(log, one)
    await writer.append(TextDelta(block="b", offset=0, delta="", ts=123))
    await writer.flush()
    assert json.loads((await elsewhere(stored, one.id))[0][1])["ts"] == 123


async def test_a_writer_goes_on_where_the_log_ends(log: Log, one: AgentSession) -> None:
    first = writer_of(log, one)
    await first.append(delta("a"), delta("b"))
    await first.flush()
    assert first.head == first.committed == 2
    second = writer_of(log, await elsewhere(row, one.id))
    await second.append(delta("c"))
    await second.flush()
    assert [seq for seq, _ in await elsewhere(stored, one.id)] == [1, 2, 3]


async def test_leaving_the_log_commits_what_waits(
    one: AgentSession, published: list[Batch]
) -> None:
    async with Log(published.append) as log:
        await writer_of(log, one).append(delta("a"), delta("b"))
    check_continuity(published, await elsewhere(stored, one.id))
    assert len(await elsewhere(stored, one.id)) == 2


async def test_a_batch_is_announced_when_it_is_committed_and_before_all_else(
    one: AgentSession, published: list[Batch]
) -> None:
    announced: list[tuple[Batch, int, int]] = []

    def announce(batch: Batch) -> None:  # in a thread that may ask the database
        announced.append((batch, len(stored(one.id)), len(published)))

    async with Log(published.append, announce) as log:
        writer = writer_of(log, one)
        for count in (1, 2):
            await writer.append(*[delta("a")] * count)
            await writer.flush()
        await elsewhere(change, one.id, lease="another's")
        await writer.append(delta("lost"))
        with pytest.raises(LeaseLost):
            await writer.flush()
    assert [batch for batch, _, _ in announced] == published
    assert [(rows, before) for _, rows, before in announced] == [(1, 0), (3, 1)]


async def test_an_append_is_a_heartbeat(log: Log, one: AgentSession) -> None:
    await elsewhere(change, one.id, heartbeat_at="2020-01-01T00:00:00Z")
    writer = writer_of(log, one)
    await writer.append(delta("a"))
    await writer.flush()
    heartbeat = (await elsewhere(row, one.id)).heartbeat_at
    assert heartbeat is not None
    assert one.heartbeat_at is not None
    assert heartbeat >= one.heartbeat_at
