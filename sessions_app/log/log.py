import asyncio
import sys
import threading
import time
from collections.abc import Callable, Sequence
from itertools import count
from types import TracebackType
from typing import Any, Self

import msgspec
from django.conf import settings

from sessions_app.log.batch import Batch
from sessions_app.log.commit import CommitEntry, CommitGroup, size_of
from sessions_app.log.committer import Committer, WriteRequest, WriteResult
from sessions_app.log.metrics import EVENTS_COMMITTED
from sessions_app.protocol.encoding.codec import encode
from sessions_app.protocol.events import Event
from sessions_app.protocol.status import StatusMove


class LogStopped(Exception):
    """The log of this process has stopped: nothing more can be written."""


class EventTooLarge(ValueError):
    """An event's JSON is over EVENT_MAX_BYTES; nothing was written."""


class Writer:
    """The only writer of one session's log, for as long as its lease is valid."""

    def __init__(
        self, log: "Log", number: int, session_id: str, lease: str, head: int
    ) -> None:
        self.number = number  # identifies the writer within the Log
        self.session_id = session_id
        self.head = head  # seq of the last event numbered
        self.committed = head  # seq of the last event in the database
        self._log = log
        self._lease = lease
        self._entries: list[CommitEntry] = []
        self._changes: dict[str, Any] = {}
        self._applied: list[int] = []
        self._move: StatusMove | None = None  # all queued moves as one
        self._last_move: StatusMove | None = None  # queued or written
        self._appends = 0  # calls of append
        self._settled = 0  # how many of them are committed or have failed
        self._error: Exception | None = None

    async def append(
        self,
        *events: Event,
        changes: dict[str, Any] | None = None,
        applies: Sequence[int] = (),
        move: StatusMove | None = None,
    ) -> None:
        """Number and queue events; wait while the log's queue is full.

        `changes` (columns of the session's row), `applies` (ids of the commands that
        these events answer) and `move` (the change of the session's status) are written
        in the same transaction as the events. Raises LeaseLost, EventTooLarge or
        IllegalMove; then nothing of this call is written. A move that is illegal from
        the stored status fails its commit, so it is the next call or flush that raises.
        """
        await self._log.has_room()
        self._raise_error()
        entries = [self._entry(event, nth) for nth, event in enumerate(events, 1)]
        self._queue_move(move)
        self.head += len(entries)
        self._entries += entries
        self._changes |= changes or {}
        self._applied += applies
        self._appends += 1
        self._log.mark(self, size_of(entries))

    async def flush(self) -> None:
        """Wait until every earlier append is committed or has failed.

        Raises the writer's first error; `committed` is the last seq in the database.
        """
        appends = self._appends
        try:
            while self._settled < appends:
                await self._log.next_commit()
        except LogStopped:
            self._raise_error()  # the writer's own error preceded the stop
            raise
        self._raise_error()

    @property
    def is_settled(self) -> bool:
        return self._settled == self._appends

    def drain(self) -> WriteRequest:
        """Return everything queued as one write request, and empty the queue."""
        group = CommitGroup(
            session_id=self.session_id,
            lease=self._lease,
            after=self.head - len(self._entries),
            up_to=self.head,
            entries=tuple(self._entries),
            changes=self._changes,
            applied=tuple(self._applied),
            move=self._move,
        )
        self._entries, self._changes, self._applied = [], {}, []
        self._move = None
        return WriteRequest(self.number, self._appends, group)

    def settle(self, result: WriteResult) -> None:
        self._settled = result.write.appends
        if result.error is None:
            self.committed = result.write.group.up_to
        else:
            self._error = self._error or result.error

    def _raise_error(self) -> None:
        if self._error is not None:
            raise self._error

    def _queue_move(self, move: StatusMove | None) -> None:
        if move is None:
            return
        if self._last_move is not None:
            move.check(self._last_move.target)
        self._move = self._move.then(move) if self._move else move
        self._last_move = move

    def _entry(self, event: Event, nth: int) -> CommitEntry:
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
        return CommitEntry(seq, event.wire_type(), event.stream or "", ts, data)


class Log:
    """The event log as one process writes it: one group commit for all sessions.

    Writers number and encode events on the event loop. At the end of a loop iteration
    each writer's appends go to the committer's thread as one write request. Batches
    are published in order, each after its commit.
    """

    def __init__(
        self,
        publish: Callable[[Batch], None],
        announce: Callable[[Batch], None] | None = None,
    ) -> None:
        """`announce` runs before `publish`, on the log's thread, right after COMMIT."""
        self._publish = publish
        self._committer = Committer(announce)
        self._has_ended = asyncio.Event()  # set when the thread has ended
        self._failure: BaseException | None = None  # the exception that ended it
        self._numbers = count()
        self._dirty: dict[Writer, None] = {}  # writers with appends to hand over
        self._unsettled: dict[int, Writer] = {}  # writers that await a write result
        self._unsettled_bytes = 0
        self._results: asyncio.Queue[list[WriteResult] | None] = asyncio.Queue()
        self._committed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        # A daemon thread: it does not keep a process alive that skips `__aexit__`.
        threading.Thread(
            target=self._work, args=[loop], name="log", daemon=True
        ).start()
        self._task = asyncio.create_task(self._run(), name="log")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Commit what is queued, then stop.

        Raises the exception that had already stopped the log's thread, if any.
        """
        try:
            while self._unsettled and self._runs:
                await self.next_commit()
        finally:
            self._committer.stop()
            await self._has_ended.wait()
        if self._task:
            await self._task

    def writer(self, session_id: str, lease: str, head: int) -> Writer:
        return Writer(self, next(self._numbers), session_id, lease, head)

    async def has_room(self) -> None:
        """Wait while over LOG_QUEUE_MAX_BYTES are uncommitted. Raises LogStopped."""
        if not self._runs:
            raise LogStopped
        while self._unsettled_bytes > settings.LOG_QUEUE_MAX_BYTES:
            await self.next_commit()

    async def next_commit(self) -> None:
        """Wait until the next commit has succeeded or failed. Raises LogStopped."""
        if not self._runs:
            raise LogStopped
        await self._committed.wait()

    def mark(self, writer: Writer, size: int) -> None:
        """Schedule a writer's appends for hand-over after this loop iteration."""
        if not self._dirty:
            asyncio.get_running_loop().call_soon(self._hand_over)
        self._dirty[writer] = None
        self._unsettled[writer.number] = writer
        self._unsettled_bytes += size

    @property
    def _runs(self) -> bool:
        return self._task is not None and not self._task.done()

    def _hand_over(self) -> None:
        dirty, self._dirty = self._dirty, {}
        for writer in dirty:
            self._committer.put(writer.drain())

    def _work(self, loop: asyncio.AbstractEventLoop) -> None:
        """Run the committer; this is the body of the log's thread."""

        def report(results: list[WriteResult]) -> None:
            loop.call_soon_threadsafe(self._results.put_nowait, results)

        try:
            self._committer.run(report)
        finally:
            loop.call_soon_threadsafe(self._end, sys.exception())

    def _end(self, failure: BaseException | None) -> None:
        self._failure = failure
        self._has_ended.set()
        self._results.put_nowait(None)

    async def _run(self) -> None:
        """Settle and publish write results until the committer's thread has ended."""
        try:
            while (results := await self._results.get()) is not None:
                for result in results:
                    self._settle(result)
                self._wake()
            if self._failure is not None:
                raise self._failure
        finally:
            self._wake()

    def _settle(self, result: WriteResult) -> None:
        group = result.write.group
        writer = self._unsettled[result.write.writer]
        writer.settle(result)
        if writer.is_settled:
            del self._unsettled[writer.number]
        self._unsettled_bytes -= group.size
        if result.batch:
            EVENTS_COMMITTED.inc(result.batch.count)
            self._publish(result.batch)

    def _wake(self) -> None:
        self._committed.set()
        self._committed = asyncio.Event()
