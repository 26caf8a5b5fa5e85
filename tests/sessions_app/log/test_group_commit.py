import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.conf import LazySettings
from django.db import connection, connections

from sessions_app.log.batch import Batch
from sessions_app.log.log import Log, LogStopped
from sessions_app.models import AgentSession
from tests.sessions_app.logbook import (
    Gate,
    check_continuity,
    delta,
    elsewhere,
    locked,
    row,
    stored,
    ticks,
    until,
    writer_of,
)

pytestmark = [pytest.mark.conformance, pytest.mark.usefixtures("transactional_db")]


async def test_what_comes_while_a_commit_runs_leaves_with_the_next(
    log: Log, one: AgentSession, two: AgentSession, published: list[Batch], gate: Gate
) -> None:
    first, second = writer_of(log, one), writer_of(log, two)
    gate.shut()
    await first.append(delta("0"))
    await until(lambda: gate.came)
    for _ in range(20):
        await first.append(delta("1"))
        await second.append(delta("2"))
        await ticks()
    assert published == []
    gate.open()
    await first.flush()
    await second.flush()
    assert [(b.session_id, b.count) for b in published] == [
        (one.id, 1),
        (one.id, 20),
        (two.id, 20),
    ]


async def test_a_commit_takes_its_sessions_in_one_order_whoever_wrote_first(
    log: Log, one: AgentSession, two: AgentSession, published: list[Batch], gate: Gate
) -> None:
    low, high = sorted((one, two), key=lambda session: session.id)
    first, second = writer_of(log, low), writer_of(log, high)
    gate.shut()
    await first.append(delta("0"))
    await until(lambda: gate.came)
    await second.append(delta("1"))
    await ticks()
    await first.append(delta("1"))
    await ticks()
    gate.open()
    await first.flush()
    await second.flush()
    assert [b.session_id for b in published] == [low.id, low.id, high.id]


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


async def test_what_waits_of_one_writer_is_one_group_whatever_its_turns(
    log: Log, one: AgentSession, published: list[Batch], gate: Gate
) -> None:
    writer = writer_of(log, one)
    gate.shut()
    await writer.append(delta("a"))
    await until(lambda: gate.came)
    for word in ("b", "c", "d"):
        await writer.append(delta(word), changes={"title": word})
        await ticks()
    await writer.append(changes={"model": "m"})
    gate.open()
    await writer.flush()
    assert [batch.count for batch in published] == [1, 3]
    check_continuity(published, await elsewhere(stored, one.id))
    written = await elsewhere(row, one.id)
    assert (written.title, written.model, written.head_seq) == ("d", "m", 4)


async def test_a_log_that_is_left_while_its_database_is_away_ends(
    one: AgentSession, published: list[Batch], caplog: pytest.LogCaptureFixture
) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite calls a table that is not there away")
    log = await Log(published.append).__aenter__()
    writer = writer_of(log, one)
    with without_events():
        await writer.append(delta("a"))
        await until(lambda: "event=commit_retry" in caplog.text)
        leaving = asyncio.create_task(log.__aexit__(None, None, None))
        await ticks()
        assert not leaving.done()
        leaving.cancel()
        await asyncio.wait([leaving])
    with pytest.raises(LogStopped):
        await writer.flush()
    assert published == []
    assert await elsewhere(stored, one.id) == []


@contextmanager
def without_events() -> Iterator[None]:
    """Put the table of events away."""
    with ThreadPoolExecutor(1) as thread:
        try:
            thread.submit(rename, "sessions_app_event", "put_away").result()
            yield
        finally:
            thread.submit(rename, "put_away", "sessions_app_event").result()
            thread.submit(connections.close_all).result()


def rename(table: str, name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO {name}")
