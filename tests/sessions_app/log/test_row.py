import asyncio

import pytest
from django.db import DatabaseError

from sessions_app.log.batch import Batch
from sessions_app.log.committer import LeaseLost
from sessions_app.log.log import Log
from sessions_app.models import AgentSession, Command
from sessions_app.protocol.events import Status, TextDelta
from sessions_app.protocol.status import (
    IllegalMove,
    SessionStatus,
    StatusCause,
    StatusMove,
)
from tests.sessions_app.logbook import (
    Gate,
    change,
    delta,
    elsewhere,
    locked,
    row,
    ticks,
    until,
    writer_of,
)

pytestmark = [pytest.mark.conformance, pytest.mark.usefixtures("transactional_db")]


async def test_changes_and_commands_are_of_the_events_transaction(
    log: Log, one: AgentSession
) -> None:
    def ask(key: str) -> int:
        return Command.objects.create(session=one, key=key, type="prompt", data="").pk

    def applied() -> list[int]:
        done = Command.objects.exclude(applied_at=None)
        return list(done.values_list("pk", flat=True))

    first, second = await elsewhere(ask, "1"), await elsewhere(ask, "2")
    writer = writer_of(log, one)
    await writer.append(
        Status(status=SessionStatus.WAITING),
        move=run_to(SessionStatus.WAITING),
        applies=[first],
    )
    await writer.flush()
    assert (await elsewhere(row, one.id)).status == "waiting"
    assert await elsewhere(applied) == [first]

    await elsewhere(change, one.id, lease="another")
    to_idle = run_to(SessionStatus.IDLE)
    await writer.append(delta("a"), move=to_idle, applies=[second])
    with pytest.raises(LeaseLost):
        await writer.flush()
    assert (await elsewhere(row, one.id)).status == "waiting"
    assert await elsewhere(applied) == [first]


def run_to(status: SessionStatus) -> StatusMove:
    return StatusMove.by(StatusCause.RUN, status)


async def test_an_illegal_move_changes_nothing_and_no_other_session(
    log: Log, one: AgentSession, two: AgentSession, caplog: pytest.LogCaptureFixture
) -> None:
    await elsewhere(change, one.id, status="completed")
    bad, good = writer_of(log, one), writer_of(log, two)
    idle = Status(status=SessionStatus.IDLE)
    await bad.append(idle, changes={"title": "x"}, move=run_to(SessionStatus.IDLE))
    await good.append(idle, move=run_to(SessionStatus.IDLE))
    await good.flush()
    with pytest.raises(IllegalMove, match="run: completed to idle"):
        await bad.flush()
    after = await elsewhere(row, one.id)
    assert (after.status, after.title, after.head_seq) == ("completed", one.title, 0)
    assert (await elsewhere(row, two.id)).status == "idle"
    said = [record.getMessage() for record in caplog.records]
    assert [word for word in said if "illegal_move" in word] == [
        f"event=illegal_move session={one.id} run: completed to idle"
    ]


async def test_each_move_of_one_commit_is_checked(log: Log, one: AgentSession) -> None:
    writer = writer_of(log, one)
    await writer.append(move=run_to(SessionStatus.IDLE))
    with pytest.raises(IllegalMove, match="run: idle to waiting"):
        await writer.append(move=run_to(SessionStatus.WAITING))
    await writer.append(move=run_to(SessionStatus.RUNNING))
    await writer.append(move=run_to(SessionStatus.WAITING))
    await writer.flush()
    assert (await elsewhere(row, one.id)).status == "waiting"


async def test_a_poisoned_group_changes_nothing_else(
    log: Log, one: AgentSession
) -> None:
    writer = writer_of(log, one)
    poison = TextDelta(block="b", offset=0, delta="", ts=2**70)
    await writer.append(poison, changes={"title": "changed"})
    with pytest.raises((DatabaseError, OverflowError)):
        await writer.flush()
    assert (await elsewhere(row, one.id)).title == one.title


async def test_changes_need_no_events(
    log: Log, one: AgentSession, published: list[Batch]
) -> None:
    writer = writer_of(log, one)
    await writer.append(changes={"title": "first"})
    await writer.append(changes={"title": "second", "model": "m"})
    await writer.flush()
    changed = await elsewhere(row, one.id)
    assert (changed.title, changed.model) == ("second", "m")
    assert changed.updated_at > one.updated_at
    assert published == []


async def test_events_alone_do_not_move_the_list(log: Log, one: AgentSession) -> None:
    writer = writer_of(log, one)
    await writer.append(delta("a"))
    await writer.flush()
    assert (await elsewhere(row, one.id)).updated_at == one.updated_at


async def test_flush_waits_for_what_was_appended_before_and_for_no_more(
    log: Log, one: AgentSession, two: AgentSession
) -> None:
    writer, other = writer_of(log, one), writer_of(log, two)
    await writer.flush()  # nothing was appended
    with locked(one.id):
        await writer.append(delta("a"))
        await ticks()
        flush = asyncio.create_task(writer.flush())
        await writer.append(delta("b"))
        await ticks()
        assert not flush.done()
    await flush
    assert writer.committed >= 1
    await other.flush()


async def test_moves_that_wait_for_a_commit_are_joined_to_one(
    log: Log, one: AgentSession, two: AgentSession, gate: Gate
) -> None:
    await elsewhere(change, one.id, status="completed")
    gate.shut()
    await writer_of(log, two).append(delta("a"))
    await until(lambda: gate.came == 1)
    writer = writer_of(log, one)
    for status in (SessionStatus.RUNNING, SessionStatus.WAITING, SessionStatus.IDLE):
        await writer.append(move=run_to(status))
        await ticks()  # each is handed over by itself
    gate.open()
    await writer.flush()
    assert (await elsewhere(row, one.id)).status == "idle"
