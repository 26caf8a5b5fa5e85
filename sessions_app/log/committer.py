import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from queue import SimpleQueue

from django.conf import settings
from django.db import DatabaseError, connections

from sessions_app.log.batch import Batch
from sessions_app.log.commit import CommitGroup, commit
from sessions_app.log.database.errors import DATABASE_UNAVAILABLE
from sessions_app.log.database.repeated_warning import RepeatedWarning
from sessions_app.log.metrics import COMMIT_RETRIES, COMMIT_SECONDS
from sessions_app.log.rate import Rate
from sessions_app.protocol.backoff import Backoff
from sessions_app.protocol.status import IllegalMove, StatusMove

logger = logging.getLogger(__name__)
# Errors for values that the database, or Python on the way there, cannot store.
UNWRITABLE = (DatabaseError, ValueError, ArithmeticError)
RETRY_FIRST_S = 0.02  # doubles with each retry, up to LOG_RETRY_MAX_S


class LeaseLost(Exception):
    """Another runner holds this session's lease now: this runner must stop."""


@dataclass(frozen=True, slots=True)
class WriteRequest:
    """A group to commit; `appends` is the writer's append count up to the group."""

    writer: int
    appends: int
    group: CommitGroup


@dataclass(frozen=True, slots=True)
class WriteResult:
    """The outcome of a write request: its batch (if it has events), or its error."""

    write: WriteRequest
    batch: Batch | None = None
    error: Exception | None = None


class Committer:
    """Commits all queued write requests in one transaction, on a thread of its own.

    Requests that arrive during a commit go into the next one: an idle log commits at
    once, a busy one in large groups. A very busy log first gathers for a moment
    (`_gather`), because commits cost far more than their rows.

    Requests arrive and results leave through queues only, so no commit waits for the
    event loop. A commit has at most one writer per session: results are keyed by
    session, so a second writer's success would be taken for that of a fenced one.
    """

    def __init__(self, announce: Callable[[Batch], None] | None) -> None:
        """`announce` is called in the thread, right after the COMMIT."""
        self._announce = announce
        self._waiting: SimpleQueue[WriteRequest | None] = SimpleQueue()
        self._put_off: WriteRequest | None = None  # deferred to the next commit
        self._stopping = threading.Event()
        self._failures = RepeatedWarning(logger, "commit_retry")

    def put(self, write: WriteRequest) -> None:
        """Queue a write request, from any thread; one writer's must come in order."""
        self._waiting.put(write)

    def stop(self) -> None:
        """End after the commit that runs now; queued requests are not written."""
        self._stopping.set()
        self._waiting.put(None)

    def run(self, report: Callable[[list[WriteResult]], None]) -> None:
        """Commit until stopped; `report` gets each commit's results, on this thread."""
        rate, commit_at = Rate(settings.LOG_RATE_SPAN_S), 0.0
        try:
            while writes := self._next(commit_at):
                report(self._flush(writes))
                now = time.monotonic()
                rate.add(sum(len(write.group.entries) for write in writes), now)
                commit_at = now + _gather(rate.per_second(now))
        finally:
            connections.close_all()

    def _next(self, commit_at: float) -> list[WriteRequest]:
        """Wait for the next commit's write requests; an empty list means stopped."""
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
        # Sorted by session: two processes that lock the same rows do so in one order,
        # which avoids a deadlock.
        return [_join(writes) for _, writes in sorted(taken.items())]

    def _flush(self, writes: list[WriteRequest]) -> list[WriteResult]:
        backoff = Backoff(RETRY_FIRST_S, settings.LOG_RETRY_MAX_S)
        while True:
            try:
                with COMMIT_SECONDS.time():
                    written = commit([write.group for write in writes])
            except DATABASE_UNAVAILABLE as error:
                # The database is unreachable, full or locked. The requests stay in
                # memory, and the limit of the log's queue makes the runners wait.
                COMMIT_RETRIES.inc()
                self._failures.note(error)
                if self._stopping.wait(backoff.next_s()):
                    return []
            except UNWRITABLE as error:
                if len(writes) == 1:
                    if isinstance(error, IllegalMove):
                        id_ = writes[0].group.session_id
                        logger.error("event=illegal_move session=%s %s", id_, error)
                    return [WriteResult(writes[0], error=error)]
                # Commit each group alone, so that one bad group fails only itself.
                return [f for write in writes for f in self._flush([write])]
            else:
                outcomes = zip(writes, written, strict=True)
                return [self._committed(write, is_in) for write, is_in in outcomes]

    def _committed(self, write: WriteRequest, is_written: bool) -> WriteResult:
        if not is_written:
            return WriteResult(write, error=LeaseLost(write.group.session_id))
        batch = write.group.batch() if write.group.entries else None
        if self._announce and batch:
            self._announce(batch)
        return WriteResult(write, batch)


def _join(writes: Sequence[WriteRequest]) -> WriteRequest:
    """Merge consecutive write requests of one writer into one."""
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
        move=_joined([group.move for group in groups if group.move]),
    )
    return WriteRequest(last.writer, last.appends, group)


def _joined(moves: Sequence[StatusMove]) -> StatusMove | None:
    return reduce(StatusMove.then, moves) if moves else None


def _gather(events_per_s: float) -> float:
    """Return how long to gather events before the next commit, in seconds."""
    calm, busy = settings.LOG_CALM_EVENTS_PER_S, settings.LOG_BUSY_EVENTS_PER_S
    share = (events_per_s - calm) / (busy - calm)
    return max(0.0, min(share, 1.0)) * settings.LOG_GATHER_MAX_S
