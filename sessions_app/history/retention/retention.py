from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from django.db import transaction
from django.db.models import Sum
from django.db.models.functions import Length, Now

from sessions_app.history.retention.removal import remove
from sessions_app.log.leases.lease import let_go
from sessions_app.log.leases.process_identity import PATIENT, Lease
from sessions_app.models import AgentSession, Event, Output
from sessions_app.protocol.status import SessionStatus
from sessions_app.sessions.tree import descendants_of, tree
from sessions_app.workdirs.own import remove_compared, remove_own_workdir

ACTIVE = [status.value for status in SessionStatus if status.is_active]


@dataclass(frozen=True, slots=True)
class Surplus:
    """A session tree selected for deletion.

    A session with a worktree is kept nevertheless: without its row nobody would find
    the worktree, or commits in it that are on no other branch.
    """

    session: AgentSession
    size: int | None = None  # in characters; None if sizes were not measured

    @property
    def has_worktree(self) -> bool:
        worktree = self.session.worktree
        return bool(worktree.get("git_dir")) and not worktree.get("gone")


def surplus(before: datetime | None, most: int | None) -> Iterator[Surplus]:
    """Yield session trees older than `before`, and the oldest above a total size.

    `most` is the size of all logs to keep, in characters. A tree is selected as a
    whole, by the last change of its main session, and never while a session of it runs
    or waits for a runner. Logs are measured only if `most` is given, since measuring
    takes as long as reading them.
    """
    tops = AgentSession.objects.filter(parent=None).order_by("updated_at", "id")
    if most is None:
        assert before is not None  # noqa: S101 the command asks for one of both
        tops = tops.filter(updated_at__lt=before)
    trees = _Trees.read()
    sizes = _sizes() if most is not None else {}
    total = sum(sizes.values())
    for top in tops.only("updated_at", "title", "worktree"):
        members = trees.below(top.pk)
        if any(id_ in trees.alive for id_ in members):
            continue
        is_old = before is not None and top.updated_at < before
        if not is_old and (most is None or total <= most):
            continue
        size = sum(sizes.get(id_, 0) for id_ in members)
        found = Surplus(top, size if most is not None else None)
        if not found.has_worktree:
            total -= size
        yield found


@dataclass(frozen=True, slots=True)
class _Trees:
    """All sessions' children, and which are alive, read once for all sessions."""

    children: Mapping[str, list[str]]
    alive: frozenset[str]

    @classmethod
    def read(cls) -> Self:
        children: dict[str, list[str]] = {}
        below = AgentSession.objects.exclude(parent=None).order_by()
        for id_, parent in below.values_list("id", "parent_id"):
            children.setdefault(str(parent), []).append(id_)
        queued = SessionStatus.QUEUED.value
        living = AgentSession.objects.exclude(lease="") | AgentSession.objects.filter(
            status__in=[*ACTIVE, queued]
        )
        return cls(children, frozenset(living.order_by().values_list("id", flat=True)))

    def below(self, id_: str) -> list[str]:
        """Return a session's id and those of all sessions below it."""
        found = [id_]
        for one in found:  # `found` grows during the loop
            found += self.children.get(one, [])
        return found


@dataclass(frozen=True, slots=True)
class Pruned:
    """Which of some session trees were deleted; all others are whole, but for files."""

    gone: frozenset[str]  # ids of main sessions
    obstacles: Mapping[str, OSError]  # by main session: a directory that stays


def prune(sessions: Collection[AgentSession]) -> Pruned:
    """Erase session trees, together, but for those that are alive again."""
    below = descendants_of([top.pk for top in sessions])
    trees = {id_: [id_, *(one.pk for one in found)] for id_, found in below.items()}
    lease, held = _hold(trees)
    obstacles = {}
    for id_ in held:
        try:
            _remove_workdirs(trees[id_])
        except OSError as error:
            let_go(id_, lease)
            obstacles[id_] = error
    gone = held - obstacles.keys()
    remove([member for id_ in gone for member in trees[id_]])
    return Pruned(frozenset(gone), obstacles)


def erase(session: AgentSession) -> None:
    """Delete a session tree and its own working directories.

    Raises OSError if a directory cannot be removed; then no session is deleted.
    """
    members = [one.pk for one in tree(session)]
    _remove_workdirs(members)
    remove(members)


def _remove_workdirs(members: Sequence[str]) -> None:
    for id_ in reversed(members):  # sub-agents first
        remove_own_workdir(id_)
        remove_compared(id_)


def hold(session: AgentSession) -> str:
    """Take the lease of a session tree at rest; return "" if one of it is alive.

    While the lease is held, no runner can claim the session.
    """
    members = [one.pk for one in tree(session)] or [session.pk]
    lease, held = _hold({session.pk: members})
    return lease if held else ""


@transaction.atomic
def _hold(trees: Mapping[str, Collection[str]]) -> tuple[str, set[str]]:
    """Take one lease for the session trees that are at rest; return it, and which.

    `trees` are the ids of all members, by those of the main sessions.
    """
    ids = [id_ for members in trees.values() for id_ in members]
    locked = AgentSession.objects.select_for_update().filter(pk__in=ids).order_by("id")
    resting = {one.pk for one in locked if not is_alive(one)}
    held = {top for top, members in trees.items() if resting >= {*members}}
    # A patient lease, because its holder sends no heartbeats.
    lease = str(Lease.new(PATIENT))
    AgentSession.objects.filter(pk__in=held).update(lease=lease, heartbeat_at=Now())
    return lease, held


def is_alive(session: AgentSession) -> bool:
    """Return whether a session runs, waits for a person, or waits for a runner."""
    queued = session.status == SessionStatus.QUEUED.value
    return bool(session.lease) or queued or session.status in ACTIVE


def _sizes() -> dict[str, int]:
    sizes: dict[str, int] = {}
    for model in (Event, Output):
        rows = model._default_manager.order_by().values_list("session_id")
        for id_, size in rows.annotate(size=Sum(Length("data"))):
            sizes[id_] = sizes.get(id_, 0) + (size or 0)
    return sizes
