import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import msgspec
from django.conf import settings
from django.db import DatabaseError, connections

from sessions_app.away import AWAY
from sessions_app.batch import Batch
from sessions_app.commit import Entry, Group, commit
from sessions_app.metrics import (
    COMMIT_RETRIES,
    COMMIT_SECONDS,
    EVENTS_COMMITTED,
)
from sessions_app.protocol.codec import encode
from sessions_app.protocol.events import Event
from sessions_app.rate import Rate

logger = logging.getLogger(__name__)
# What the database, or Python on the way to it, says of values it cannot hold.
UNWRITABLE = (DatabaseError, ValueError, ArithmeticError)


class LeaseLost(Exception):
    """Another runner writes this session now: stop."""


class LogStopped(Exception):
    """The log of this process has ended: nothing more can be written."""


class EventTooLarge(ValueError):
    """An event's JSON is over EVENT_MAX_BYTES; nothing was written."""


@dataclass(frozen=True, slots=True)
class Flushed:
    """What became of one group: its batch, or why nothing was written."""

    group: Group
    error: Exception | None


class Writer:
    """The one writer of one session's log, while its lease holds."""

    def __init__(self, log: "Log", session_id: str, lease: str, head: int) -> None:
        self.session_id = session_id
        self.head = head  # numbered so far
        self.committed = head  # in the database
        self._log = log
        self._lease = lease
        self._entries: list[Entry] = []
        self._changes: dict[str, Any] = {}
        self._applied: list[int] = []
        self._appends = 0  # calls of append, and how many of them are settled
        self._taken = 0
        self._settled = 0
        self._error: Exception | None = None

    async def append(
        self,
        *events: Event,
        changes: dict[str, Any] | None = None,
        applies: Sequence[int] = (),
    ) -> None:
        """Number and queue events; wait while the log is full.

        `changes` to the session's row and `applies` (ids of commands that these
        events answer) are of the same transaction. Raises LeaseLost and
        EventTooLarge, then nothing of the call is written.
        """
        await self._log.has_room()
        self._raise_error()
        entries = [self._entry(event, nth) for nth, event in enumerate(events, 1)]
        self.head += len(entries)
        self._entries += entries
        self._changes |= changes or {}
        self._applied += applies
        self._appends += 1
        self._log.mark(self, sum(len(entry.data) for entry in entries))

    async def flush(self) -> None:
        """Wait until all that was appended before is in the database."""
        appends = self._appends
        while self._settled < appends and self._error is None:
            await self._log.next_commit()
        self._raise_error()

    def take(self) -> Group:
        """Hand over what waits, as one group of the next commit."""
        group = Group(
            session_id=self.session_id,
            lease=self._lease,
            after=self.head - len(self._entries),
            up_to=self.head,
            entries=tuple(self._entries),
            changes=self._changes,
            applied=tuple(self._applied),
        )
        self._entries, self._changes, self._applied = [], {}, []
        self._taken = self._appends
        return group

    def settle(self, flushed: Flushed) -> None:
        if flushed.error is None:
            self.committed = flushed.group.up_to
            self._settled = self._taken
        else:
            self._error = self._error or flushed.error

    def _raise_error(self) -> None:
        if self._error is not None:
            raise self._error

    def _entry(self, event: Event, nth: int) -> Entry:
        seq, ts = self.head + nth, event.ts or time.time_ns() // 1_000_000
        stamped = msgspec.structs.replace(
            event, session_id=self.session_id, seq=seq, ts=ts
        )
        data = encode(stamped)
        size = len(data.encode())
        if size > settings.EVENT_MAX_BYTES:
            raise EventTooLarge(
                f"a {event.wire_type()} event of {size:,} bytes is over "
                f"EVENT_MAX_BYTES ({settings.EVENT_MAX_BYTES:,}): cut its text"
            )
        return Entry(seq, event.wire_type(), event.stream or "", ts, data)


class Log:
    """The event log as one process writes it: one group commit for all sessions.

    What is appended while a commit runs leaves with the next one, so an idle log
    commits at once and a busy one in large groups; one that is busier still gathers for
    a moment first, since what costs is commits, far more than their rows. Batches are
    published in order, each after its commit.
    """

    def __init__(
        self,
        publish: Callable[[Batch], None],
        announce: Callable[[Batch], None] | None = None,
    ) -> None:
        """`announce` is called first: in the log's thread, right after the COMMIT."""
        self._publish = publish
        self._announce = announce
        self._dirty: dict[Writer, None] = {}
        self._busy = False
        self._waiting_bytes = 0
        self._work = asyncio.Event()
        self._committed = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="log")
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run(), name="log")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Commit what waits, then stop. Raises what had stopped the log before."""
        while (self._dirty or self._busy) and self._runs:
            await self.next_commit()
        if self._task:
            self._task.cancel()
            await asyncio.wait([self._task])
        await self._in_thread(connections.close_all)
        self._thread.shutdown()
        if self._task and not self._task.cancelled():
            self._task.result()

    def writer(self, session_id: str, lease: str, head: int) -> Writer:
        return Writer(self, session_id, lease, head)

    async def has_room(self) -> None:
        """Wait while the log is full. Raises LogStopped."""
        if not self._runs:
            raise LogStopped
        while self._waiting_bytes > settings.LOG_QUEUE_MAX_BYTES:
            await self.next_commit()

    async def next_commit(self) -> None:
        """Wait until a commit, good or bad, is over. Raises LogStopped."""
        if not self._runs:
            raise LogStopped
        await self._committed.wait()

    def mark(self, writer: Writer, size: int) -> None:
        """Note that a writer has something to commit."""
        self._dirty[writer] = None
        self._waiting_bytes += size
        self._work.set()

    @property
    def _runs(self) -> bool:
        return self._task is not None and not self._task.done()

    async def _run(self) -> None:
        now = asyncio.get_running_loop().time
        rate, commit_at = Rate(settings.LOG_RATE_SPAN_S), 0.0
        try:
            while True:
                await self._work.wait()
                if (ahead := commit_at - now()) > 0:
                    await asyncio.sleep(ahead)
                self._work.clear()
                rate.add(await self._cycle(), now())
                commit_at = now() + _gather(rate.per_second(now()))
        finally:
            self._wake()

    async def _cycle(self) -> int:
        """Commit what waits; return how many events that was."""
        dirty, self._dirty, self._busy = self._dirty, {}, True
        self._waiting_bytes = 0
        # Sorted: two processes that meet on the same rows lock them in one order.
        writers = sorted(dirty, key=lambda writer: writer.session_id)
        groups = [writer.take() for writer in writers]
        for writer, flushed in zip(writers, await self._flush(groups), strict=True):
            writer.settle(flushed)
            if flushed.error is None and flushed.group.entries:
                EVENTS_COMMITTED.inc(len(flushed.group.entries))
                self._publish(flushed.group.batch())
        self._busy = False
        self._wake()
        return sum(len(group.entries) for group in groups)

    def _wake(self) -> None:
        self._committed.set()
        self._committed = asyncio.Event()

    async def _flush(self, groups: list[Group]) -> list[Flushed]:
        delay = 0.02
        while True:
            try:
                with COMMIT_SECONDS.time():
                    written = await self._in_thread(self._commit, groups)
            except AWAY as error:
                # The database is away, full or locked: nothing is lost meanwhile,
                # and the queue's bound makes the runners wait.
                COMMIT_RETRIES.inc()
                logger.warning("event=commit_retry error=%r", str(error))
                await asyncio.sleep(delay)
                delay = min(delay * 2, settings.LOG_RETRY_MAX_S)
            except UNWRITABLE as error:
                if len(groups) == 1:
                    return [Flushed(groups[0], error)]
                # One bad group does not take the others with it.
                return [f for group in groups for f in await self._flush([group])]
            else:
                return [
                    Flushed(group, None if is_written else LeaseLost(group.session_id))
                    for group, is_written in zip(groups, written, strict=True)
                ]

    def _commit(self, groups: list[Group]) -> list[bool]:
        written = commit(groups)
        for group, is_written in zip(groups, written, strict=True):
            if self._announce and is_written and group.entries:
                self._announce(group.batch())
        return written

    async def _in_thread(self, work: Callable[..., Any], *args: Any) -> Any:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, work, *args)


def _gather(events_per_s: float) -> float:
    """How long events gather before the next commit, in seconds."""
    calm, busy = settings.LOG_CALM_EVENTS_PER_S, settings.LOG_BUSY_EVENTS_PER_S
    share = (events_per_s - calm) / (busy - calm)
    return max(0.0, min(share, 1.0)) * settings.LOG_GATHER_MAX_S
