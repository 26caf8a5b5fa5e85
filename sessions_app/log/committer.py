import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import SimpleQueue

from django.conf import settings
from django.db import DatabaseError, connections

from sessions_app.log.batch import Batch
from sessions_app.log.commit import CommitGroup, commit
from sessions_app.log.errors import DATABASE_UNAVAILABLE
from sessions_app.log.metrics import COMMIT_RETRIES, COMMIT_SECONDS
from sessions_app.log.rate import Rate
from sessions_app.log.repeated_warning import RepeatedWarning
from sessions_app.protocol.backoff import Backoff

logger = logging.getLogger(__name__)
# What the database, or Python on the way to it, says of values it cannot hold.
UNWRITABLE = (DatabaseError, ValueError, ArithmeticError)
RETRY_FIRST_S = 0.02  # twice as long each time, up to LOG_RETRY_MAX_S


class LeaseLost(Exception):
    """Another runner writes this session now: stop."""


@dataclass(frozen=True, slots=True)
class WriteRequest:
    """What a writer hands over: a group, and its number of appends until then."""

    writer: int
    appends: int
    group: CommitGroup


@dataclass(frozen=True, slots=True)
class WriteResult:
    """What became of a parcel: its batch, if it has events, or why it is not there."""

    write: WriteRequest
    batch: Batch | None = None
    error: Exception | None = None


class Committer:
    """Commits, in a thread of its own, all that waits at a time in one transaction.

    What is handed over while a commit runs leaves with the next one, so an idle log
    commits at once and a busy one in large groups; one that is busier still gathers for
    a moment first, since what costs is commits, far more than their rows.

    Parcels come and news go through queues alone: the event loop need not run between
    two commits, and no commit waits for its turn there. In a commit a session has one
    writer: fates are told by session, and its success would pass for a fenced one's.
    """

    def __init__(self, announce: Callable[[Batch], None] | None) -> None:
        """`announce` is called in the thread, right after the COMMIT."""
        self._announce = announce
        self._waiting: SimpleQueue[WriteRequest | None] = SimpleQueue()
        self._put_off: WriteRequest | None = None  # to the next commit
        self._stopping = threading.Event()
        self._failures = RepeatedWarning(logger, "commit_retry")

    def put(self, write: WriteRequest) -> None:
        """Take a parcel; from any thread, those of one writer in order."""
        self._waiting.put(write)

    def stop(self) -> None:
        """End after the commit that runs now; what waits is not written."""
        self._stopping.set()
        self._waiting.put(None)

    def run(self, tell: Callable[[list[WriteResult]], None]) -> None:
        """Commit until stopped; tell, in the thread, what became of each parcel."""
        rate, commit_at = Rate(settings.LOG_RATE_SPAN_S), 0.0
        try:
            while writes := self._next(commit_at):
                tell(self._flush(writes))
                now = time.monotonic()
                rate.add(sum(len(write.group.entries) for write in writes), now)
                commit_at = now + _gather(rate.per_second(now))
        finally:
            connections.close_all()

    def _next(self, commit_at: float) -> list[WriteRequest]:
        """Wait for the next commit's parcels; none: it is over."""
        write, self._put_off = self._put_off or self._waiting.get(), None
        if (ahead := commit_at - time.monotonic()) > 0:
            self._stopping.wait(ahead)
        taken: dict[str, list[WriteRequest]] = {}  # by session
        while write is not None:
            of_session = taken.setdefault(write.group.session_id, [])
            if of_session and of_session[0].writer != write.writer:
                self._put_off = write
                break
            of_session.append(write)
            if self._waiting.empty():
                break
            write = self._waiting.get()
        if self._stopping.is_set():
            return []
        # Sorted: two processes that meet on the same rows lock them in one order.
        return [_join(writes) for _, writes in sorted(taken.items())]

    def _flush(self, writes: list[WriteRequest]) -> list[WriteResult]:
        backoff = Backoff(RETRY_FIRST_S, settings.LOG_RETRY_MAX_S)
        while True:
            try:
                with COMMIT_SECONDS.time():
                    written = commit([write.group for write in writes])
            except DATABASE_UNAVAILABLE as error:
                # The database is away, full or locked: nothing is lost meanwhile,
                # and the queue's bound makes the runners wait.
                COMMIT_RETRIES.inc()
                self._failures.note(error)
                if self._stopping.wait(backoff.next_s()):
                    return []
            except UNWRITABLE as error:
                if len(writes) == 1:
                    return [WriteResult(writes[0], error=error)]
                # One bad group does not take the others with it.
                return [f for write in writes for f in self._flush([write])]
            else:
                fates = zip(writes, written, strict=True)
                return [self._committed(write, is_in) for write, is_in in fates]

    def _committed(self, write: WriteRequest, is_written: bool) -> WriteResult:
        if not is_written:
            return WriteResult(write, error=LeaseLost(write.group.session_id))
        batch = write.group.batch() if write.group.entries else None
        if self._announce and batch:
            self._announce(batch)
        return WriteResult(write, batch)


def _join(writes: Sequence[WriteRequest]) -> WriteRequest:
    """Make one of parcels that follow each other."""
    last = writes[-1]
    if len(writes) == 1:
        return last
    groups = [write.group for write in writes]
    group = CommitGroup(
        session_id=last.group.session_id,
        lease=last.group.lease,
        after=groups[0].after,
        up_to=last.group.up_to,
        entries=tuple(entry for group in groups for entry in group.entries),
        changes={k: v for group in groups for k, v in group.changes.items()},
        applied=tuple(id_ for group in groups for id_ in group.applied),
    )
    return WriteRequest(last.writer, last.appends, group)


def _gather(events_per_s: float) -> float:
    """How long events gather before the next commit, in seconds."""
    calm, busy = settings.LOG_CALM_EVENTS_PER_S, settings.LOG_BUSY_EVENTS_PER_S
    share = (events_per_s - calm) / (busy - calm)
    return max(0.0, min(share, 1.0)) * settings.LOG_GATHER_MAX_S
