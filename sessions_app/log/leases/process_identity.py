import os
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from django.conf import settings

PATIENT = "p-"  # prefix of the nonce of a holder that sends no heartbeats
UNKNOWN = 1  # start time of a process if the system does not report it


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write one session's log, until its holder is dead.

    The lease names the process that holds it, so another process of the same host can
    tell at once whether the holder lives. The nonce distinguishes two claims of one
    process.
    """

    host: str
    space: str  # boot and pid namespace, in which a pid is unique
    pid: int
    started: int  # clock ticks since boot; with it, a reused pid is recognised
    nonce: str

    @classmethod
    def new(cls, prefix: str = "") -> Self:
        """Make a lease of this process; PATIENT is for one without heartbeats."""
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
        """The part of the lease that names its process."""
        return f"{self.host}/{self.space}/{self.pid}/{self.started}"

    @property
    def patience_s(self) -> float:
        """Seconds of silence after which a holder that may be alive counts as dead."""
        is_patient = self.nonce.startswith(PATIENT)
        return settings.PRUNE_MAX_S if is_patient else settings.LEASE_TIMEOUT_S

    @property
    def is_provably_dead(self) -> bool:
        """The holder ran on this host and is gone."""
        return self._is_here and started(self.pid) not in {self.started, UNKNOWN}

    @property
    def is_provably_alive(self) -> bool:
        """The holder is another process of this host, and it runs.

        A lease of this process itself proves nothing: the process sends heartbeats for
        the leases that it knows of, but a claim whose result was lost leaves one that
        it does not know. A stopped process (SIGSTOP, Ctrl-Z) does not run.
        """
        if not self._is_here or self.pid == os.getpid() or self.started == UNKNOWN:
            return False
        return started(self.pid) == self.started and not _is_stopped(self.pid)

    @property
    def _is_here(self) -> bool:
        return (self.host, self.space) == (socket.gethostname(), _pid_space())


def _pid_space() -> str:
    """Return an id of this boot and this pid namespace; "" if the system has none."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}.{Path('/proc/self/ns/pid').stat().st_ino}"
    except OSError:
        return ""


def started(pid: int) -> int:
    """Return a process's start in clock ticks since boot; 0 if it does not run."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return _started_unseen(pid)
    fields = stat.rpartition(")")[2].split()
    is_zombie = fields[0] in {"Z", "X"}
    return 0 if is_zombie else int(fields[19])


def _is_stopped(pid: int) -> bool:
    """Return whether a process is stopped by a signal; Linux only."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] in {"T", "t"}


def _started_unseen(pid: int) -> int:
    """Return UNKNOWN for a process without a readable /proc entry, 0 if it is gone."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return 0
    except PermissionError:
        return UNKNOWN
    return UNKNOWN
