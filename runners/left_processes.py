import os
import signal
from contextlib import suppress
from pathlib import Path

from sessions_app.lease import Lease, started
from sessions_app.models import AgentSession, ToolProcess
from sessions_app.protocol.events import Error


def note_process(session_id: str, pid: int) -> None:
    """Record a command, which leads a process group, for whoever takes over."""
    here = Lease.new()
    ToolProcess.objects.create(
        session_id=session_id,
        host=here.host,
        space=here.space,
        pid=pid,
        started=started(pid),
    )


def end_left_processes(session_id: str) -> list[str]:
    """Kill what commands of a former runner of this tree still do on this host.

    Answers where else some may still run, as `HOST PID`. All are forgotten then.
    """
    here = Lease.new()
    elsewhere = []
    tree = _tree(session_id)
    for left in ToolProcess.objects.filter(session__in=tree):
        if (left.host, left.space) == (here.host, here.space):
            _end_group(left.pid, left.started)
        elif left.host != here.host:  # else this host has been booted since
            elsewhere.append(f"{left.host} {left.pid}")
    ToolProcess.objects.filter(session__in=tree).delete()
    return elsewhere


def commands_left(processes: list[str]) -> Error:
    """Tell people what only they can end."""
    return Error(
        code="commands_left",
        message="Commands of the former runner may still run on another host, where "
        f"this one cannot end them: {', '.join(processes)}. Look there first.",
        fatal=False,
    )


def forget_processes(session_id: str) -> None:
    """Forget commands that are known to have ended."""
    ToolProcess.objects.filter(session=session_id).delete()


def _tree(session_id: str) -> list[str]:
    found, level = [session_id], [session_id]
    while level:
        below = AgentSession.objects.filter(parent__in=level)
        level = list(below.values_list("id", flat=True))
        found += level
    return found


def _end_group(leader: int, started_at: int) -> None:
    # A pid is not given to another process while a group or session has its number.
    if started(leader) in {started_at, 0}:
        for pid in _members(leader):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _members(leader: int) -> list[int]:
    """List the processes of a group, and of the session that it began in."""
    members = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            if leader in {int(fields[2]), int(fields[3])}:
                members.append(int(stat.parent.name))
    return members
