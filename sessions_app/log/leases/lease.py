from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet, TextField, Value
from django.db.models.functions import Cast, Coalesce, Now

from sessions_app.log.leases.process_identity import Lease
from sessions_app.log.metrics import TAKEOVERS
from sessions_app.log.status import move_status
from sessions_app.models import AgentSession, Command
from sessions_app.protocol.commands import Approve, Deny, Prompt
from sessions_app.protocol.status import SessionStatus, StatusCause, StatusMove

WORDS = tuple(word.wire_type() for word in (Prompt, Approve, Deny))


@dataclass(frozen=True, slots=True)
class Beat:
    """A held session's last heartbeat; `stamp` is compared, never reckoned with."""

    session_id: str
    lease: str
    stamp: str

    def is_dead_after(self, silent_s: float) -> bool:
        """Tell whether the holder is dead, after so many seconds without a change."""
        lease = Lease.parse(self.lease)
        if lease.is_provably_dead:
            return True
        return silent_s > lease.patience_s and not lease.is_provably_alive


def claim_queued(limit: int) -> list[AgentSession]:
    """Claim queued main sessions, the oldest first, of engines that the queue runs.

    A sub-agent is run by the run of the session above it, and never by itself.
    """
    queued = AgentSession.objects.filter(status=SessionStatus.QUEUED.value, parent=None)
    free = queued.filter(lease="").filter(engine__in=_queued_engines())
    ids = free.order_by("updated_at").values_list("id", flat=True)[:limit]
    return [s for s in (_claim(free.filter(id=id_), id_) for id_ in ids) if s]


def claim(session_id: str) -> AgentSession | None:
    """Claim a session in whatever state, if it is free or its holder provably dead."""
    free = AgentSession.objects.filter(id=session_id, lease="")
    if claimed := _claim(free, session_id):
        return claimed
    beats = [beat for beat in held(session_id) if beat.is_dead_after(0)]
    return take_over(beats[0]) if beats else None


def take_over(beat: Beat) -> AgentSession | None:
    """Take a session from a holder who is dead.

    The statement compares: a heartbeat that came meanwhile saves the lease.
    """
    taken = _claim(
        _stamped().filter(id=beat.session_id, lease=beat.lease, stamp=beat.stamp),
        beat.session_id,
    )
    if taken is not None:
        TAKEOVERS.inc()
    return taken


def seize(session: AgentSession) -> AgentSession | None:
    """Take a session from its holder, dead or alive: the fence stops that one."""
    return _claim(
        AgentSession.objects.filter(id=session.id, lease=session.lease), session.id
    )


def held(*session_ids: str) -> list[Beat]:
    """List the last heartbeats of held sessions, of these or of all."""
    sessions = _stamped().exclude(lease="")
    if session_ids:
        sessions = sessions.filter(id__in=session_ids)
    return [Beat(*row) for row in sessions.values_list("id", "lease", "stamp")]


@transaction.atomic
def heartbeat(leases: dict[str, str]) -> set[str]:
    """Renew leases (by session id); return the sessions that are still held.

    The rows are locked in the order in which the log does it, so that the two never
    wait for each other.
    """
    mine = AgentSession.objects.filter(id__in=leases, lease__in=leases.values())
    locked = mine.select_for_update(no_key=True).order_by("id")
    kept = set(locked.values_list("id", flat=True))
    AgentSession.objects.filter(id__in=kept).update(heartbeat_at=Now())
    return kept


@transaction.atomic
def release(session_id: str, lease: str) -> bool:
    """Let go of a lease; refused (False) while a command waits for its holder.

    The row is locked before the commands are read, as it is by whoever adds one:
    a command is seen here, or its adder sees a session without a runner.
    """
    mine = AgentSession.objects.select_for_update().filter(id=session_id, lease=lease)
    if mine.first() is None:
        return True
    if Command.objects.filter(session=session_id, applied_at=None).exists():
        return False
    AgentSession.objects.filter(id=session_id, lease=lease).update(lease="")
    return True


@transaction.atomic
def let_go(session_id: str, lease: str) -> None:
    """Let go of a lease in any case; what people have said meanwhile queues it."""
    mine = AgentSession.objects.select_for_update().filter(id=session_id, lease=lease)
    if mine.first() is None:
        return
    session = AgentSession.objects.filter(id=session_id)
    if with_pending_words(session).exists():
        move_status(session, StatusMove.by(StatusCause.RELEASE, SessionStatus.QUEUED))
    session.update(lease="")


def probe() -> None:
    """Change no row; wait, as heartbeats do, while the sessions' table is locked."""
    AgentSession.objects.filter(id="").update(heartbeat_at=Now())


class NotFree(Exception):
    """Somebody has the session now."""


def requeue_interrupted(session_id: str) -> bool:
    """Queue a main session that others called interrupted; False: it is not so.

    One statement: of all who try, one queues it, and nobody does once it goes on.
    Raises NotFree while somebody has it, who may be about to call it so.
    """
    free = AgentSession.objects.filter(id=session_id, lease="")
    interrupted = free.filter(parent=None, status=SessionStatus.INTERRUPTED.value)
    resume = StatusMove.by(StatusCause.RESUME, SessionStatus.QUEUED)
    if move_status(interrupted, resume):
        return True
    if not free.exists():
        raise NotFree
    return False


def with_pending_words(sessions: QuerySet[AgentSession]) -> QuerySet[AgentSession]:
    """Keep the sessions to which somebody has said something not yet heard.

    Sub-agents' go on with their parent, and are none of these; nor are those whose
    words others write, which no runner takes from the queue.
    """
    words = Command.objects.filter(
        session=OuterRef("pk"), applied_at=None, type__in=WORDS
    )
    return sessions.filter(Exists(words), parent=None, engine__in=_queued_engines())


def _queued_engines() -> list[str]:
    """The engines that a runner of the queue may run; "" is Claude's API."""
    return ["", *(kind.name for kind in settings.ENGINES.values() if kind.is_queued)]


def _claim(claimable: QuerySet[AgentSession], session_id: str) -> AgentSession | None:
    """Put a new lease on the session if it still is claimable."""
    lease = str(Lease.new())
    if claimable.update(lease=lease, heartbeat_at=Now()) == 0:
        return None
    return AgentSession.objects.filter(id=session_id, lease=lease).first()


def _stamped() -> QuerySet[Any]:
    """All sessions, with the heartbeat as the database writes it: exact to compare."""
    stamp = Coalesce(
        Cast("heartbeat_at", TextField()), Value("", output_field=TextField())
    )
    return AgentSession.objects.annotate(stamp=stamp)
