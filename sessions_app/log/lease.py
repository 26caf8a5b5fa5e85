import os
import secrets
import socket
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Self

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from sessions_app.log.metrics import TAKEOVERS
from sessions_app.models import AgentSession, Command
from sessions_app.protocol.commands import Approve, Deny, Prompt
from sessions_app.protocol.engine_kind import EXTERNAL
from sessions_app.protocol.status import SessionStatus

WORDS = tuple(word.wire_type() for word in (Prompt, Approve, Deny))
UNKNOWN = 1  # when a process started, where that cannot be told


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write one session's log, until its heartbeats stop.

    It names the process that holds it, so that a dead one is known on its own host
    at once; the nonce tells two claims of one process apart.
    """

    host: str
    space: str  # within which a pid is one process's: hosts' names are not unique
    pid: int
    started: int  # clock ticks since boot: a pid may come again, this with it not
    nonce: str

    @classmethod
    def new(cls) -> Self:
        pid = os.getpid()
        nonce = secrets.token_hex(6)
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
    def is_provably_dead(self) -> bool:
        """Its process ran on this host and is gone."""
        if (self.host, self.space) != (socket.gethostname(), _pid_space()):
            return False
        return started(self.pid) not in {self.started, UNKNOWN}


def claim_queued(limit: int) -> list[AgentSession]:
    """Claim queued sessions, the oldest first; none whose words others write."""
    free = AgentSession.objects.filter(status=SessionStatus.QUEUED.value, lease="")
    free = free.exclude(engine__in=EXTERNAL)
    ids = free.order_by("updated_at").values_list("id", flat=True)[:limit]
    return [s for s in (_claim(free.filter(id=id_), id_) for id_ in ids) if s]


def claim(session_id: str) -> AgentSession | None:
    """Claim a session in whatever state, unless somebody alive holds it."""
    session = AgentSession.objects.get(id=session_id)
    free = AgentSession.objects.filter(id=session_id, lease="")
    if not session.lease:
        return _claim(free, session_id)
    return take_over(session)


def take_over(session: AgentSession) -> AgentSession | None:
    """Take a session from a holder who is dead.

    The statement judges again, by the database's clock: a heartbeat that came
    meanwhile saves the lease.
    """
    held = AgentSession.objects.filter(id=session.id, lease=session.lease)
    if not Lease.parse(session.lease).is_provably_dead:
        held = held.filter(_silent())
    taken = _claim(held, session.id)
    if taken is not None:
        TAKEOVERS.inc()
    return taken


def seize(session: AgentSession) -> AgentSession | None:
    """Take a session from its holder, dead or alive: the fence stops that one."""
    return _claim(
        AgentSession.objects.filter(id=session.id, lease=session.lease), session.id
    )


def dead() -> list[AgentSession]:
    """List the sessions whose holder looks dead."""
    held = AgentSession.objects.exclude(lease="")
    silent = set(held.filter(_silent()).values_list("id", flat=True))
    gone = [
        id_
        for id_, lease in held.values_list("id", "lease")
        if id_ in silent or Lease.parse(lease).is_provably_dead
    ]
    return list(held.filter(id__in=gone)) if gone else []


@transaction.atomic
def heartbeat(leases: dict[str, str]) -> set[str]:
    """Renew leases (by session id); return the sessions that are still held.

    The rows are locked in the order in which the log does it, so that the two never
    wait for each other.
    """
    mine = AgentSession.objects.filter(id__in=leases, lease__in=leases.values())
    locked = mine.select_for_update(no_key=True).order_by("id")
    held = set(locked.values_list("id", flat=True))
    AgentSession.objects.filter(id__in=held).update(heartbeat_at=Now())
    return held


@transaction.atomic
def release(session_id: str, lease: str) -> bool:
    """Let go of a lease; refused (False) while a command waits for its holder.

    The row is locked before the commands are read, as it is by whoever adds one:
    a command is seen here, or its adder sees a session without a runner.
    """
    held = AgentSession.objects.select_for_update().filter(id=session_id, lease=lease)
    if held.first() is None:
        return True
    if Command.objects.filter(session=session_id, applied_at=None).exists():
        return False
    AgentSession.objects.filter(id=session_id, lease=lease).update(lease="")
    return True


@transaction.atomic
def let_go(session_id: str, lease: str) -> None:
    """Let go of a lease in any case; what people have said meanwhile queues it."""
    held = AgentSession.objects.select_for_update().filter(id=session_id, lease=lease)
    if held.first() is None:
        return
    if with_pending_words(AgentSession.objects.filter(id=session_id)).exists():
        status = SessionStatus.QUEUED.value
        AgentSession.objects.filter(id=session_id).update(
            status=status, updated_at=Now()
        )
    AgentSession.objects.filter(id=session_id).update(lease="")


def probe() -> None:
    """Prove that this process can write; raises as the database does."""
    AgentSession.objects.filter(id="").update(heartbeat_at=Now())


def with_pending_words(sessions: QuerySet[AgentSession]) -> QuerySet[AgentSession]:
    """Keep the sessions to which somebody has said something not yet heard.

    Sub-agents' go on with their parent, and are none of these; nor are those whose
    words others write, which no runner takes from the queue.
    """
    words = Command.objects.filter(
        session=OuterRef("pk"), applied_at=None, type__in=WORDS
    )
    return sessions.filter(Exists(words), parent=None).exclude(engine__in=EXTERNAL)


def _claim(claimable: QuerySet[AgentSession], session_id: str) -> AgentSession | None:
    """Put a new lease on the session if it still is claimable."""
    lease = str(Lease.new())
    if claimable.update(lease=lease, heartbeat_at=Now()) == 0:
        return None
    return AgentSession.objects.filter(id=session_id, lease=lease).first()


def _silent() -> Q:
    oldest = Now() - timedelta(seconds=settings.LEASE_TIMEOUT_S)
    return Q(heartbeat_at__lt=oldest)


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


def _started_unseen(pid: int) -> int:
    """Without its /proc entry (none here, or hidden from us): only gone is dead."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return 0
    except PermissionError:
        return UNKNOWN
    return UNKNOWN
