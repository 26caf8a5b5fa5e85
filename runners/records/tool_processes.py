from django.db.models import QuerySet

from runners.sandbox.process_tree import belongings, signal_all
from sessions_app.log.leases.process_identity import Lease, started
from sessions_app.models import ToolProcess
from sessions_app.sessions.tree import descendants_of


def note_process(session_id: str, pid: int) -> None:
    """Record a command that leads a process group, for a later takeover."""
    here = Lease.new()
    ToolProcess.objects.create(
        session_id=session_id,
        host=here.host,
        space=here.space,
        pid=pid,
        started=started(pid),
    )


def forget_process(session_id: str, pid: int) -> None:
    """Delete the record of a command that has ended with all its children."""
    _own(session_id).filter(pid=pid).delete()


def forget_own(session_id: str) -> None:
    """Delete the records of this runner's commands: all have ended."""
    _own(session_id).delete()


def _own(session_id: str) -> "QuerySet[ToolProcess]":
    here = Lease.new()
    return ToolProcess.objects.filter(
        session_id=session_id, host=here.host, space=here.space
    )


def end_orphans(session_id: str) -> list[str]:
    """Kill what an earlier runner's commands of this tree left running on this host.

    Returns those that may still run elsewhere, as `HOST PID`; their records stay.
    """
    here = Lease.new()
    left = ToolProcess.objects.filter(session__in=_tree(session_id))
    for process in left.filter(host=here.host):
        # otherwise the host or container was restarted since
        if process.space == here.space:
            _end_all(process.pid, process.started)
        process.delete()
    return [f"{process.host} {process.pid}" for process in left.order_by("pk")]


def forget_processes(session_id: str) -> None:
    """Delete the command records of a tree: a person has checked them."""
    ToolProcess.objects.filter(session__in=_tree(session_id)).delete()


def _tree(session_id: str) -> list[str]:
    below = descendants_of([session_id])[session_id]
    return [session_id, *(child.pk for child in below)]


def _end_all(leader: int, started_at: int) -> None:
    # The kernel does not reuse a pid while a process group or session has this number.
    if started(leader) in {started_at, 0}:
        signal_all(belongings(leader))
