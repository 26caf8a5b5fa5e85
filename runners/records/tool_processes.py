from django.db.models import QuerySet

from runners.sandbox.process_tree import belongings, signal_all
from sessions_app.log.lease import Lease, started
from sessions_app.models import ToolProcess
from sessions_app.sessions.tree import descendants_of


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


def forget_process(session_id: str, pid: int) -> None:
    """Forget a command that has ended, with all it had started."""
    _own(session_id).filter(pid=pid).delete()


def forget_own(session_id: str) -> None:
    """Forget this runner's commands: all have ended."""
    _own(session_id).delete()


def _own(session_id: str) -> "QuerySet[ToolProcess]":
    here = Lease.new()
    return ToolProcess.objects.filter(
        session_id=session_id, host=here.host, space=here.space
    )


def end_orphans(session_id: str) -> list[str]:
    """Kill what commands of a former runner of this tree still do on this host.

    Answers where else some may still run, as `HOST PID`; these are not forgotten.
    """
    here = Lease.new()
    left = ToolProcess.objects.filter(session__in=_tree(session_id))
    for process in left.filter(host=here.host):
        if process.space == here.space:  # else this host has been booted since
            _end_all(process.pid, process.started)
        process.delete()
    return [f"{process.host} {process.pid}" for process in left.order_by("pk")]


def forget_processes(session_id: str) -> None:
    """Forget the commands of a tree: somebody has seen to them."""
    ToolProcess.objects.filter(session__in=_tree(session_id)).delete()


def _tree(session_id: str) -> list[str]:
    below = descendants_of([session_id])[session_id]
    return [session_id, *(child.pk for child in below)]


def _end_all(leader: int, started_at: int) -> None:
    # A pid is not given to another process while a group or session has its number.
    if started(leader) in {started_at, 0}:
        signal_all(belongings(leader))
