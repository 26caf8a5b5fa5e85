from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Sum
from django.db.models.functions import Length, Now

from sessions_app.history.retention.removal import remove
from sessions_app.log.lease import PATIENT, Lease, let_go
from sessions_app.models import AgentSession, Event, Output
from sessions_app.protocol.status import SessionStatus
from sessions_app.sessions.tree import tree
from sessions_app.workdirs.own import remove_own_workdir

ACTIVE = [status.value for status in SessionStatus if status.is_active]


@dataclass(frozen=True, slots=True)
class Surplus:
    """A session, with all below it, that is kept no longer; `size` in characters.

    One with a worktree stays all the same: nobody would find that any more, nor what
    in it is on no other branch.
    """

    session: AgentSession
    size: int

    @property
    def has_worktree(self) -> bool:
        worktree = self.session.worktree
        return bool(worktree.get("git_dir")) and not worktree.get("gone")


def surplus(before: datetime | None, most: int | None) -> Iterator[Surplus]:
    """Find what is older than a moment, and the oldest beyond a size of all logs.

    A tree goes as a whole, by the last change of its main session, and never while
    something of it runs or waits for a runner.
    """
    tops = AgentSession.objects.filter(parent=None).order_by("updated_at", "id")
    sizes = _sizes()
    total = sum(sizes.values())
    for top in tops:
        members = tree(top)
        if any(is_alive(one) for one in members):
            continue
        is_old = before is not None and top.updated_at < before
        if not is_old and (most is None or total <= most):
            continue
        found = Surplus(top, sum(sizes.get(one.pk, 0) for one in members))
        if not found.has_worktree:
            total -= found.size
        yield found


def prune(session: AgentSession) -> bool:
    """Erase a session and all below it, unless it lives again; tell whether it did.

    Raises OSError as `erase` does.
    """
    lease = hold(session)
    if not lease:
        return False
    try:
        erase(session)
    except OSError:
        let_go(session.pk, lease)
        raise
    return True


def erase(session: AgentSession) -> None:
    """Delete a session and all below it, those below first, and what they left.

    Raises OSError where a directory cannot be removed: that session is still there.
    """
    for one in reversed(tree(session)):
        remove_own_workdir(one.pk)
        remove(one)


@transaction.atomic
def hold(session: AgentSession) -> str:
    """Take the lease of a session tree at rest; return "" if something of it runs.

    While it is held, no runner goes on with what is being deleted.
    """
    ids = [one.pk for one in tree(session)]
    locked = AgentSession.objects.select_for_update().filter(pk__in=ids).order_by("id")
    if not ids or any(is_alive(one) for one in locked):
        return ""
    # Nobody sends heartbeats while it is deleted.
    lease = str(Lease.new(PATIENT))
    AgentSession.objects.filter(pk=session.pk).update(lease=lease, heartbeat_at=Now())
    return lease


def is_alive(session: AgentSession) -> bool:
    """Tell whether a session runs, waits for a person, or waits for a runner."""
    queued = session.status == SessionStatus.QUEUED.value
    return bool(session.lease) or queued or session.status in ACTIVE


def _sizes() -> dict[str, int]:
    sizes: dict[str, int] = {}
    for model in (Event, Output):
        rows = model._default_manager.order_by().values_list("session_id")
        for id_, size in rows.annotate(size=Sum(Length("data"))):
            sizes[id_] = sizes.get(id_, 0) + (size or 0)
    return sizes
