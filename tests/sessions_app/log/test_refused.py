import asyncio

import pytest
from django.conf import LazySettings
from django.db import DatabaseError

from sessions_app.log.batch import Batch
from sessions_app.log.log import EventTooLarge, Log, LogStopped, Writer
from sessions_app.models import AgentSession
from sessions_app.protocol.events import TextDelta
from tests.sessions_app.logbook import (
    Gate,
    delta,
    elsewhere,
    row,
    stored,
    text,
    ticks,
    until,
    writer_of,
)

pytestmark = [pytest.mark.conformance, pytest.mark.usefixtures("transactional_db")]


async def test_what_cannot_be_written_does_not_take_the_others_with_it(
    log: Log, one: AgentSession, two: AgentSession, published: list[Batch]
) -> None:
    bad, good = writer_of(log, one), writer_of(log, two)
    await bad.append(TextDelta(block="b", offset=0, delta="", ts=2**70))
    await good.append(delta("b"))
    await good.flush()
    with pytest.raises((DatabaseError, OverflowError)):
        await bad.flush()
    assert await elsewhere(stored, one.id) == []
    assert (await elsewhere(row, one.id)).head_seq == 0
    await good.append(delta("c"))
    await good.flush()
    assert [batch.session_id for batch in published] == [two.id, two.id]


async def test_after_what_could_not_be_written_nothing_more_is(
    log: Log, one: AgentSession
) -> None:
    bad = writer_of(log, one)
    await bad.append(TextDelta(block="b", offset=0, delta="", ts=2**70))
    await bad.append(delta("a"))
    with pytest.raises((DatabaseError, OverflowError)):
        await bad.flush()
    with pytest.raises((DatabaseError, OverflowError)):
        await bad.append(delta("b"))
    assert await elsewhere(stored, one.id) == []


async def refuse(bad: Writer, good: Writer, gate: Gate) -> None:
    """Have an event of one writer refused; neither has been told yet."""
    gate.shut()
    await good.append(delta("a"))
    await until(lambda: gate.came == 1)
    await bad.append(TextDelta(block="b", offset=0, delta="", ts=2**70))
    await good.append(delta("b"))
    await ticks()
    gate.let_one_through()
    await until(lambda: gate.came == 2)


async def test_what_was_appended_while_that_failed_does_not_hide_why(
    log: Log, one: AgentSession, two: AgentSession, gate: Gate
) -> None:
    bad, good = writer_of(log, one), writer_of(log, two)
    await refuse(bad, good, gate)
    await bad.append(delta("a"))
    gate.open()
    with pytest.raises((DatabaseError, OverflowError)):
        await bad.flush()
    await good.flush()
    await good.append(delta("c"))
    await good.flush()
    with pytest.raises((DatabaseError, OverflowError)):
        await bad.flush()
    assert await elsewhere(stored, one.id) == []


@pytest.mark.parametrize("letter", ["x", "\u00e9", "\u4e2d", "\U0001f600"])
async def test_an_event_that_is_too_large_writes_nothing(
    log: Log, one: AgentSession, settings: LazySettings, letter: str
) -> None:
    writer = writer_of(log, one)
    count = settings.EVENT_MAX_BYTES // len(letter.encode())
    with pytest.raises(EventTooLarge, match="EVENT_MAX_BYTES"):
        await writer.append(
            delta("a"), text(letter * count), changes={"title": "changed"}
        )
    await writer.append(text(letter * (count - 100)))
    await writer.flush()
    ((seq, data),) = await elsewhere(stored, one.id)
    assert seq == 1
    assert len(data.encode()) <= settings.EVENT_MAX_BYTES
    assert (await elsewhere(row, one.id)).title == one.title


async def test_a_log_that_died_says_so_to_all(one: AgentSession) -> None:
    def broken(batch: Batch) -> None:
        raise ZeroDivisionError(batch.session_id)

    log = await Log(broken).__aenter__()
    writer = writer_of(log, one)
    await writer.append(delta("a"))
    await writer.flush()  # that much is in the database
    with pytest.raises(LogStopped):
        await log.next_commit()
    with pytest.raises(LogStopped):
        await writer.append(delta("b"))
    with pytest.raises(ZeroDivisionError):
        await log.__aexit__(None, None, None)


async def test_a_flush_that_is_cancelled_says_so_whatever_was_refused(
    log: Log, one: AgentSession, two: AgentSession, gate: Gate
) -> None:
    bad, good = writer_of(log, one), writer_of(log, two)
    await refuse(bad, good, gate)
    await bad.append(delta("a"))
    await good.append(delta("c"))
    await ticks()
    gate.let_one_through()
    await until(lambda: gate.came == 3)  # the refusal is told of, not yet the rest
    flush = asyncio.create_task(bad.flush())
    await ticks()
    assert not flush.done()
    flush.cancel()
    await asyncio.wait([flush])
    assert flush.cancelled()
    gate.open()
