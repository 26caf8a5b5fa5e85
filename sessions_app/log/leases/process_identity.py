import os
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from django.conf import settings

PATIENT = "p-"  # the nonce of a holder that sends no heartbeats begins so
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
