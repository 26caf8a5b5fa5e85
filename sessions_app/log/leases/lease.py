from dataclasses import dataclass
from typing import Any, get_args

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet, TextField, Value
from django.db.models.functions import Cast, Coalesce, Now

from sessions_app.log.leases.process_identity import Lease
from sessions_app.log.metrics import TAKEOVERS
from sessions_app.log.status import move_status
from sessions_app.models import AgentSession, Command
from sessions_app.protocol.commands import Approve, Deny, Errand, Prompt, SetOption
from sessions_app.protocol.status import AT_REST, SessionStatus, StatusCause, StatusMove

ERRANDS = tuple(kind.wire_type() for kind in get_args(Errand))
MESSAGES = tuple(kind.wire_type() for kind in (Prompt, Approve, Deny))


@dataclass(frozen=True, slots=True)
class Beat:
    """A held session's last heartbeat; `stamp` is compared, never calculated with."""

    session_id: str
    lease: str
    stamp: str

    def is_dead_after(self, silent_s: float) -> bool:
        """Return whether the holder is dead after `silent_s` without a heartbeat."""
        lease = Lease.parse(self.lease)
        if lease.is_provably_dead:
            return True
        return silent_s > lease.patience_s and not lease.is_provably_alive


def claim_queued(limit: int) -> list[AgentSession]:
    """Claim queued main sessions, oldest first, of engines that the queue runs.

    Sub-agents are left out: the run of their parent runs them.
    """
    queued = AgentSession.objects.filter(status=SessionStatus.QUEUED.value, parent=None)
    free = queued.filter(lease="").filter(engine__in=_queued_engines())
    ids = free.order_by("updated_at").values_list("id", flat=True)[:limit]
    return [s for s in (_claim(free.filter(id=id_), id_) for id_ in ids) if s]


def claim_errands(limit: int) -> list[AgentSession]:
    """Claim sessions at rest for whose files people have asked something."""
    asked = Command.objects.filter(applied_at=None, type__in=ERRANDS)
    free = AgentSession.objects.filter(lease="", parent=None)
    free = free.filter(status__in=[status.value for status in AT_REST])
    ids = asked.filter(session__in=free).values_list("session_id", flat=True)
    found = [*dict.fromkeys(ids.order_by("id")[:limit])]
    return [s for s in (_claim(free.filter(id=id_), id_) for id_ in found) if s]


def claim(session_id: str) -> AgentSession | None:
    """Claim a session in any status, if it is free or its holder provably dead."""
    free = AgentSession.objects.filter(id=session_id, lease="")
    if claimed := _claim(free, session_id):
        return claimed
    beats = [beat for beat in held(session_id) if beat.is_dead_after(0)]
    return take_over(beats[0]) if beats else None


def take_over(beat: Beat) -> AgentSession | None:
    """Replace the lease of a dead holder.

    The statement compares the heartbeat: one that arrives meanwhile keeps the lease.
    """
    taken = _claim(
        _stamped().filter(id=beat.session_id, lease=beat.lease, stamp=beat.stamp),
        beat.session_id,
    )
    if taken is not None:
        TAKEOVERS.inc()
    return taken


def seize(session: AgentSession) -> AgentSession | None:
    """Replace a session's lease, whether its holder is dead or alive.

    The fence then rejects that holder's writes.
    """
    return _claim(
        AgentSession.objects.filter(id=session.id, lease=session.lease), session.id
    )


def held(*session_ids: str) -> list[Beat]:
    """Return the last heartbeats of all held sessions, or of the given ones."""
    sessions = _stamped().exclude(lease="")
    if session_ids:
        sessions = sessions.filter(id__in=session_ids)
    return [Beat(*row) for row in sessions.values_list("id", "lease", "stamp")]


@transaction.atomic
def heartbeat(leases: dict[str, str]) -> set[str]:
    """Renew leases (by session id); return the ids of the sessions still held.

    Rows are locked in the log's own order, so that the two never deadlock.
    """
    mine = AgentSession.objects.filter(id__in=leases, lease__in=leases.values())
    locked = mine.select_for_update(no_key=True).order_by("id")
    kept = set(locked.values_list("id", flat=True))
    AgentSession.objects.filter(id__in=kept).update(heartbeat_at=Now())
    return kept


@transaction.atomic
def release(session_id: str, lease: str) -> bool:
    """Give a lease up; refused (False) while a command waits for its holder.

    Both this and whoever adds a command lock the row first. So either the command is
    seen here, or its sender sees a session without a runner. A choice of settings waits
    for the next holder.
    """
    mine = AgentSession.objects.select_for_update().filter(id=session_id, lease=lease)
    if mine.first() is None:
        return True
    pending = Command.objects.filter(session=session_id, applied_at=None)
    if pending.exclude(type__in=(SetOption.wire_type(), *ERRANDS)).exists():
        return False
    AgentSession.objects.filter(id=session_id, lease=lease).update(lease="")
    return True


@transaction.atomic
def let_go(session_id: str, lease: str) -> None:
    """Give a lease up in any case; pending messages and answers queue the session."""
    mine = AgentSession.objects.select_for_update().filter(id=session_id, lease=lease)
    if mine.first() is None:
        return
    session = AgentSession.objects.filter(id=session_id)
    if with_pending_messages(session).exists():
        move_status(session, StatusMove.by(StatusCause.RELEASE, SessionStatus.QUEUED))
    session.update(lease="")


def probe() -> None:
    """Change no row; wait, as heartbeats do, while the sessions' table is locked."""
    AgentSession.objects.filter(id="").update(heartbeat_at=Now())


class NotFree(Exception):
    """Another process holds the session's lease."""


def requeue_interrupted(session_id: str) -> bool:
    """Queue an interrupted main session; False if its status is another one.

    One statement, so that of several processes only one queues the session. Raises
    NotFree while a lease exists, because its holder may be about to mark the session
    interrupted.
    """
    free = AgentSession.objects.filter(id=session_id, lease="")
    interrupted = free.filter(parent=None, status=SessionStatus.INTERRUPTED.value)
    resume = StatusMove.by(StatusCause.RESUME, SessionStatus.QUEUED)
    if move_status(interrupted, resume):
        return True
    if not free.exists():
        raise NotFree
    return False


def with_pending_messages(sessions: QuerySet[AgentSession]) -> QuerySet[AgentSession]:
    """Keep the sessions that have pending messages or answers and that the queue runs.

    Sub-agents are left out, because they go on with their parent; so are sessions of
    engines that no queue runner starts.
    """
    messages = Command.objects.filter(
        session=OuterRef("pk"), applied_at=None, type__in=MESSAGES
    )
    return sessions.filter(Exists(messages), parent=None, engine__in=_queued_engines())


def _queued_engines() -> list[str]:
    """Return the names of engines that the queue runs; "" is the Claude API."""
    return ["", *(kind.name for kind in settings.ENGINES.values() if kind.is_queued)]


def _claim(claimable: QuerySet[AgentSession], session_id: str) -> AgentSession | None:
    """Put a new lease on the session if it is still claimable."""
    lease = str(Lease.new())
    if claimable.update(lease=lease, heartbeat_at=Now()) == 0:
        return None
    return AgentSession.objects.filter(id=session_id, lease=lease).first()


def _stamped() -> QuerySet[Any]:
    """Return all sessions with `stamp`, the heartbeat as text for exact comparison."""
    stamp = Coalesce(
        Cast("heartbeat_at", TextField()), Value("", output_field=TextField())
    )
    return AgentSession.objects.annotate(stamp=stamp)
