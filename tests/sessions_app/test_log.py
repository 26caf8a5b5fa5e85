import asyncio
import json
import random
from collections.abc import AsyncIterator

import pytest
from django.conf import LazySettings
from django.db import DatabaseError

from sessions_app.batch import Batch
from sessions_app.log import EventTooLarge, LeaseLost, Log, LogStopped, Writer
from sessions_app.models import AgentSession, Command
from sessions_app.protocol.codec import decode_event
from sessions_app.protocol.events import Status, TextDelta
from sessions_app.protocol.status import SessionStatus
from tests.sessions_app.logbook import (
    change,
    delta,
    elsewhere,
    held_session,
    locked,
    row,
    stored,
    text,
    ticks,
)

pytestmark = [pytest.mark.conformance, pytest.mark.usefixtures("transactional_db")]


@pytest.fixture
def published() -> list[Batch]:
    return []


@pytest.fixture
async def log(transactional_db: None, published: list[Batch]) -> AsyncIterator[Log]:
    async with Log(published.append) as log:
        yield log


def writer_of(log: Log, session: AgentSession) -> Writer:
    return log.writer(session.id, session.lease, session.head_seq)


@pytest.fixture
def one(transactional_db: None) -> AgentSession:
    return held_session(id="s_one")


@pytest.fixture
def two(transactional_db: None) -> AgentSession:
    return held_session(id="s_two")


def check_continuity(batches: list[Batch], log: list[tuple[int, str]]) -> None:
    """What was published is the log, in order, once, complete."""
    cursor = 0
    for batch in batches:
        assert batch.after == cursor
        between = [data for seq, data in log if batch.after < seq <= batch.up_to]
        assert batch.body == ",".join(between)
        assert batch.count == len(between)
        cursor = batch.up_to
    assert cursor == (log[-1][0] if log else 0)


# --- order, completeness, stamps ----------------------------------------------


async def test_concurrent_writers_leave_whole_logs_in_order(
    log: Log, published: list[Batch]
) -> None:
    sessions = [await elsewhere(held_session, id=f"s_{n}") for n in range(5)]
    chance = random.Random(1)  # noqa: S311

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


async def test_an_append_is_a_heartbeat(log: Log, one: AgentSession) -> None:
    await elsewhere(change, one.id, heartbeat_at="2020-01-01T00:00:00Z")
    writer = writer_of(log, one)
    await writer.append(delta("a"))
    await writer.flush()
    heartbeat = (await elsewhere(row, one.id)).heartbeat_at
    assert heartbeat is not None
    assert one.heartbeat_at is not None
    assert heartbeat >= one.heartbeat_at


# --- group commit -------------------------------------------------------------


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


# --- the fence ----------------------------------------------------------------


async def test_a_fenced_writer_drops_out_and_the_others_go_on(
    log: Log, one: AgentSession, two: AgentSession, published: list[Batch]
) -> None:
    first, second = writer_of(log, one), writer_of(log, two)
    await elsewhere(change, one.id, lease="somebody else's")
    await first.append(delta("a"), changes={"title": "mine"})
    await second.append(delta("b"))
    await second.flush()
    with pytest.raises(LeaseLost):
        await first.flush()
    with pytest.raises(LeaseLost):
        await first.append(delta("c"))
    assert await elsewhere(stored, one.id) == []
    assert (await elsewhere(row, one.id)).title == one.title
    assert {batch.session_id for batch in published} == {two.id}
    assert second.committed == 1


async def test_a_writer_whose_head_has_moved_is_fenced(
    log: Log, one: AgentSession
) -> None:
    late = writer_of(log, one)
    other = writer_of(log, one)
    await other.append(delta("a"), delta("b"))
    await other.flush()
    await late.append(delta("c"))
    with pytest.raises(LeaseLost):
        await late.flush()
    assert len(await elsewhere(stored, one.id)) == 2


async def test_an_old_and_a_new_writer_of_one_session_do_not_mix(
    log: Log, one: AgentSession
) -> None:
    old = writer_of(log, one)
    await elsewhere(change, one.id, lease="new")
    new = log.writer(one.id, "new", 0)
    await old.append(delta("old"))
    await new.append(delta("new"))
    await new.flush()
    with pytest.raises(LeaseLost):
        await old.flush()
    ((_, data),) = await elsewhere(stored, one.id)
    assert json.loads(data)["delta"] == "new"


async def test_a_group_that_is_in_the_log_already_counts_as_written(
    log: Log, one: AgentSession, published: list[Batch]
) -> None:
    # As after a COMMIT whose answer was lost: same lease, head moved, same rows.
    event = TextDelta(block="b", offset=0, delta="a", ts=1)
    async with Log(lambda _: None) as other:
        await writer_of(other, one).append(event)
    writer = writer_of(log, one)
    await writer.append(event)
    await writer.flush()
    assert writer.committed == 1
    check_continuity(published, await elsewhere(stored, one.id))
    await writer.append(delta("b"))
    await writer.flush()
    check_continuity(published, await elsewhere(stored, one.id))


# --- what is wrong ------------------------------------------------------------


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


async def test_what_was_appended_while_that_failed_does_not_hide_why(
    log: Log, one: AgentSession, two: AgentSession
) -> None:
    bad, good = writer_of(log, one), writer_of(log, two)
    with locked(one.id):
        await bad.append(TextDelta(block="b", offset=0, delta="", ts=2**70))
        await ticks()
        await bad.append(delta("a"))
    with pytest.raises((DatabaseError, OverflowError)):
        await bad.flush()
    await good.append(delta("b"))
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


# --- the session's row, and commands ------------------------------------------


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
        changes={"status": "waiting"},
        applies=[first],
    )
    await writer.flush()
    assert (await elsewhere(row, one.id)).status == "waiting"
    assert await elsewhere(applied) == [first]

    await elsewhere(change, one.id, lease="another")
    await writer.append(delta("a"), changes={"status": "idle"}, applies=[second])
    with pytest.raises(LeaseLost):
        await writer.flush()
    assert (await elsewhere(row, one.id)).status == "waiting"
    assert await elsewhere(applied) == [first]


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
