import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from typing import Any, TypeVar

import msgspec
from django.db import connection, connections, transaction
from django.db.models.functions import Now

from sessions_app.log.batch import Batch
from sessions_app.log.commit import CommitEntry, insert
from sessions_app.log.leases.process_identity import Lease
from sessions_app.log.log import Log, Writer
from sessions_app.models import AgentSession, Event
from sessions_app.protocol.encoding.codec import decode_event, encode
from sessions_app.protocol.events import Text, TextDelta
from tests.servers.process import PATIENCE_S

T = TypeVar("T")


def held_session(**fields: Any) -> AgentSession:
    """Create a session that this process holds."""
    values = {"title": "t", "prompt": "p", "status": "running", "heartbeat_at": Now()}
    lease = str(Lease.new())
    session = AgentSession.objects.create(**values | {"lease": lease} | fields)
    return AgentSession.objects.get(id=session.id)


def stored(session_id: str) -> list[tuple[int, str]]:
    """Read the log as it lies in the database: (seq, JSON)."""
    events = Event.objects.filter(session=session_id).order_by("seq")
    return list(events.values_list("seq", "data"))


def row(session_id: str) -> AgentSession:
    return AgentSession.objects.get(id=session_id)


def change(session_id: str, **fields: Any) -> None:
    AgentSession.objects.filter(id=session_id).update(**fields)


def write_log(session: AgentSession, *events: Any) -> None:
    """Write events after the session's head, without a lease or a runner."""
    head = row(session.id).head_seq
    lines = (
        encode(msgspec.structs.replace(event, session_id=session.id, seq=seq, ts=seq))
        for seq, event in enumerate(events, head + 1)
    )
    write_lines(session, *lines)


def write_lines(session: AgentSession, *lines: str) -> None:
    """Write events as they are, numbers and all."""
    entries = []
    for line in lines:
        event = decode_event(line)
        stream = event.stream or ""
        entries.append(
            CommitEntry(event.seq, event.wire_type(), stream, event.ts, line)
        )
    insert(session.id, entries)
    change(session.id, head_seq=entries[-1].seq)


def delta(text: str, offset: int = 0, block: str = "m1.0") -> TextDelta:
    return TextDelta(block=block, offset=offset, delta=text)


def text(whole: str, block: str = "m1.0") -> Text:
    return Text(block=block, text=whole)


def writer_of(log: Log, session: AgentSession) -> Writer:
    return log.writer(session.id, session.lease, session.head_seq)


async def append_deltas(log: Log, session: AgentSession, count: int) -> Writer:
    """Append so many events, and have them committed."""
    writer = writer_of(log, session)
    await append_more(writer, count)
    return writer


async def append_more(writer: Writer, count: int, size: int = 1) -> None:
    for number in range(count):
        await writer.append(delta("x" * size, number))
    await writer.flush()


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


async def elsewhere(work: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """Run on a thread, and so a database connection, of its own."""

    def run() -> T:
        try:
            return work(*args, **kwargs)
        finally:
            connections.close_all()

    return await asyncio.to_thread(run)


def closing_its_connection(work: Callable[[], object]) -> Callable[[], None]:
    """Make what a thread of its own runs."""

    def run() -> None:
        try:
            work()
        finally:
            connections.close_all()

    return run


class Gate:
    """Stands in a log's thread, right after each COMMIT that brings events."""

    def __init__(self) -> None:
        self.came = 0  # how many batches have come to it
        self._is_shut = False
        self._permits = threading.Semaphore(0)

    def __call__(self, batch: Batch) -> None:
        self.came += 1
        if self._is_shut:
            assert self._permits.acquire(timeout=30)

    def shut(self) -> None:
        self._is_shut = True

    def let_one_through(self) -> None:
        self._permits.release()

    def open(self) -> None:
        self._is_shut = False
        self._permits.release()


def locked(session_id: str) -> AbstractContextManager[None]:
    """Hold up all who write to the session."""
    rows = AgentSession.objects.select_for_update().filter(id=session_id)
    return held_up(lambda: list(rows))


@contextmanager
def held_up(lock: Callable[[], object] | None = None) -> Iterator[None]:
    """Hold up writers, on a connection of its own: all of them, or as `lock` does."""
    is_locked, release = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():  # for SQLite that is enough
                (lock or _lock_all)()
                is_locked.set()
                release.wait(30)
        finally:
            connections.close_all()

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        assert is_locked.wait(30)
        yield
    finally:
        release.set()
        thread.join()


def _lock_all() -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE sessions_app_agentsession IN EXCLUSIVE MODE")


def at_once(count: int, work: Callable[[int], T]) -> list[T]:
    """Run `work` on several threads, all in the same moment."""
    gate = threading.Barrier(count)

    def run(number: int) -> T:
        try:
            connection.ensure_connection()
            gate.wait(30)
            return work(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(run, range(count)))


async def ticks(count: int = 10) -> None:
    """Let everything run that can run without waiting for a thread."""
    for _ in range(count):
        await asyncio.sleep(0)


async def until(found: Callable[[], Any], within: float = PATIENCE_S) -> Any:
    """Wait until `found` returns (or its coroutine does) something true."""
    async with asyncio.timeout(within):
        while True:
            value = found()
            if asyncio.iscoroutine(value):
                value = await value
            if value:
                return value
            await asyncio.sleep(0.005)
