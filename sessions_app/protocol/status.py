from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Self


class SessionStatus(StrEnum):
    """Where a session is in its life; `MOVES` lists every change that is legal."""

    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"  # for an approval
    IDLE = "idle"  # stopped by a person; wants the next message
    COMPLETED = "completed"
    FAILED = "failed"
    INTERRUPTED = "interrupted"  # its runner is gone
    CANCELLED = "cancelled"

    @property
    def is_active(self) -> bool:
        """A runner holds, or should hold, the session's lease."""
        return self in {SessionStatus.RUNNING, SessionStatus.WAITING}

    @property
    def is_over(self) -> bool:
        """The session is at rest: the loss of its runner would cut nothing short."""
        return not self.is_active and self is not SessionStatus.QUEUED


class StatusCause(StrEnum):
    """What changes a session's status; each cause has its own legal moves."""

    CREATION = "creation"  # by a page, the command line or the parent's run
    IMPORT = "import"  # of an exported session
    RUN = "run"  # the holder of the lease logs it
    MESSAGE = "message"  # or an answer, to a session that no runner has
    WITHDRAWAL = "withdrawal"  # of the only message that a session was queued for
    RESUME = "resume"  # by a person, or by the queue's runner that lost the lease
    TAKEOVER = "takeover"  # by the reaper, from a dead runner
    REQUEUE = "requeue"  # by a person, from a runner dead or alive
    RELEASE = "release"  # of the lease, while a message waits


Statuses = frozenset[SessionStatus]
ANY: Statuses = frozenset(SessionStatus)
ACTIVE: Statuses = frozenset(status for status in ANY if status.is_active)
AT_REST: Statuses = frozenset(status for status in ANY if status.is_over)
_QUEUED = frozenset({SessionStatus.QUEUED})
_INTERRUPTED = frozenset({SessionStatus.INTERRUPTED})
_RUNNING = frozenset({SessionStatus.RUNNING})
_FAILED = frozenset({SessionStatus.FAILED})
_RESUMABLE = frozenset(
    {SessionStatus.INTERRUPTED, SessionStatus.FAILED, SessionStatus.IDLE}
)

Moves = Mapping[SessionStatus | None, Statuses]
# By cause and present status, the statuses that may follow. None: the session does not
# exist yet. Claiming a session changes its lease, never its status.
MOVES: Mapping[StatusCause, Moves] = MappingProxyType(
    {
        StatusCause.CREATION: {None: _QUEUED | _RUNNING | _INTERRUPTED},
        StatusCause.IMPORT: {None: AT_REST | _QUEUED},  # the queue takes no sub-agent
        StatusCause.RUN: {
            **dict.fromkeys(ACTIVE, ANY),
            **dict.fromkeys(AT_REST | _QUEUED, _RUNNING | _FAILED),
        },
        StatusCause.MESSAGE: dict.fromkeys(AT_REST, _QUEUED),
        StatusCause.WITHDRAWAL: {SessionStatus.QUEUED: AT_REST},
        StatusCause.RESUME: dict.fromkeys(_RESUMABLE, _QUEUED),
        StatusCause.TAKEOVER: {
            **dict.fromkeys(ACTIVE, _QUEUED | _INTERRUPTED),
            **dict.fromkeys(_QUEUED, _QUEUED),  # its runner died before it began
        },
        StatusCause.REQUEUE: {
            **dict.fromkeys(ACTIVE | _QUEUED, _QUEUED | _INTERRUPTED),
            **dict.fromkeys(_RESUMABLE, _QUEUED),
        },
        StatusCause.RELEASE: dict.fromkeys(AT_REST | _QUEUED, _QUEUED),
    }
)


class IllegalMove(ValueError):
    """A change of status that MOVES does not list; nothing was changed."""


@dataclass(frozen=True, slots=True)
class StatusMove:
    """A change to `target`, for a session whose status is one of `sources`.

    The database compares: whoever writes a move does it only where the row's status is
    one of `sources`, in the same statement.
    """

    cause: StatusCause
    target: SessionStatus
    sources: Statuses

    @classmethod
    def by(cls, cause: StatusCause, target: SessionStatus) -> Self:
        moves = MOVES[cause].items()
        sources = frozenset(s for s, targets in moves if s and target in targets)
        return cls(cause, target, sources)

    def then(self, following: Self) -> Self:
        """Return this move and the next one as one. Raises IllegalMove."""
        following.check(self.target)
        return replace(following, sources=self.sources)

    def check(self, present: SessionStatus) -> None:
        """Raise IllegalMove unless the move is legal from the `present` status."""
        if present not in self.sources:
            raise IllegalMove(f"{self.cause}: {present} to {self.target}")


def first_status(cause: StatusCause, status: SessionStatus) -> str:
    """Return the status for the row of a new session. Raises IllegalMove."""
    if status not in MOVES[cause][None]:
        raise IllegalMove(f"{cause}: no session begins as {status}")
    return status.value
