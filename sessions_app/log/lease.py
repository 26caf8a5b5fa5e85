import os
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet, TextField, Value
from django.db.models.functions import Cast, Coalesce, Now

from sessions_app.log.metrics import TAKEOVERS
from sessions_app.models import AgentSession, Command
from sessions_app.protocol.commands import Approve, Deny, Prompt
from sessions_app.protocol.status import SessionStatus

PATIENT = "p-"  # how the nonce of a holder begins who sends no heartbeats
WORDS = tuple(word.wire_type() for word in (Prompt, Approve, Deny))
UNKNOWN = 1  # when a process started, where that cannot be told


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write one session's log, until its holder is dead.

    The lease names the process that holds it, so that the holder's host knows at once
    whether it lives; the nonce tells two claims of one process apart.
    """

    host: str
    space: str  # within which a pid is one process's: hosts' names are not unique
    pid: int
    started: int  # clock ticks since boot: a pid may come again, this with it not
    nonce: str

    @classmethod
    def new(cls, prefix: str = "") -> Self:
        """Make a lease of this process; PATIENT is for who sends no heartbeats."""
        pid = os.getpid()
        nonce = prefix + secrets.token_hex(6)
        return cls(socket.gethostname(), _pid_space(), pid, started(pid), nonce)

    @classmethod
    def parse(cls, text: str) -> Self:
        host, space, pid, started, nonce = text.rsplit("/", 4)
        return cls(host, space, int(pid), int(started), nonce)

    def __str__(self) -> str:
        return f"{self.process}/{self.nonce}"

    @property
    def process(self) -> str:
        """Name the process that holds it."""
        return f"{self.host}/{self.space}/{self.pid}/{self.started}"

    @property
    def patience_s(self) -> float:
        """Of silence after which the holder is dead, unless it provably lives."""
        is_patient = self.nonce.startswith(PATIENT)
        return settings.PRUNE_MAX_S if is_patient else settings.LEASE_TIMEOUT_S

    @property
    def is_provably_dead(self) -> bool:
        """The holder ran on this host and is gone."""
        return self._is_here and started(self.pid) not in {self.started, UNKNOWN}

    @property
    def is_provably_alive(self) -> bool:
        """The holder is another process of this host, and runs.

        Nothing is proved of this very process: it would send heartbeats for a lease
        that it knows of. A claim whose answer was lost leaves one that nobody knows of.
        A process that is stopped (SIGSTOP, Ctrl-Z) does not run.
        """
        if not self._is_here or self.pid == os.getpid() or self.started == UNKNOWN:
            return False
        return started(self.pid) == self.started and not _is_stopped(self.pid)

    @property
    def _is_here(self) -> bool:
        return (self.host, self.space) == (socket.gethostname(), _pid_space())


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
    if with_pending_words(AgentSession.objects.filter(id=session_id)).exists():
        status = SessionStatus.QUEUED.value
        AgentSession.objects.filter(id=session_id).update(
            status=status, updated_at=Now()
        )
    AgentSession.objects.filter(id=session_id).update(lease="")


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
    status = SessionStatus.QUEUED.value
    if interrupted.update(status=status, updated_at=Now()):
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


def _pid_space() -> str:
    """Name this boot of this kernel and this pid namespace; "" where none can tell."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}.{Path('/proc/self/ns/pid').stat().st_ino}"
    except OSError:
        return ""


def started(pid: int) -> int:
    """Return when a process started, 0 if it does not run; Linux tells by ticks."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return _started_unseen(pid)
    fields = stat.rpartition(")")[2].split()
    is_zombie = fields[0] in {"Z", "X"}
    return 0 if is_zombie else int(fields[19])


def _is_stopped(pid: int) -> bool:
    """Tell whether a process stands still until somebody wakes it; Linux tells."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] in {"T", "t"}


def _started_unseen(pid: int) -> int:
    """Without its /proc entry (none here, or hidden from us): only gone is dead."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return 0
    except PermissionError:
        return UNKNOWN
    return UNKNOWN
