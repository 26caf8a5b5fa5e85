import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from weakref import WeakValueDictionary

import msgspec
from django.conf import settings
from django.db.models import QuerySet

from sessions_app.commands.open_approvals import count_pending_approvals
from sessions_app.log.reader import Reader
from sessions_app.models import AgentSession
from sessions_app.people.rights import (
    AccessList,
    Principal,
    access_lists,
    sees,
    visible,
)
from sessions_app.protocol.frames import SessionSummary
from sessions_app.protocol.status import SessionStatus
from sessions_app.sessions.tree import ancestors_of, roots_of

# A change is stamped before its commit: look back this far, so that a slow commit
# is not passed over.
LOOK_BACK = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Row:
    """One session of the list, and for whom it is."""

    access_list: AccessList
    updated_at: datetime
    summary: SessionSummary
    above: tuple[tuple[str, AccessList], ...] = ()  # the nearest first

    def seen_by(self, who: Principal) -> SessionSummary | None:
        """Sum it up for somebody, who is not told of sessions that they may not see."""
        if not sees(who, self.access_list):
            return None
        seen = [id_ for id_, _ in takewhile(lambda up: sees(who, up[1]), self.above)]
        if len(seen) == len(self.above):
            return self.summary
        root = seen[-1] if seen else self.summary.id
        parent = seen[0] if seen else ""
        return msgspec.structs.replace(self.summary, parent=parent, root=root)


Key = tuple[Principal, bool]  # who asks, and whether only for what waits for a person
Listener = Callable[[list[Row]], None]


def summaries(
    sessions: Sequence[AgentSession], among: QuerySet[AgentSession] | None = None
) -> list[SessionSummary]:
    """Sum up sessions for the list; as many queries for many as for few.

    `among`: what somebody may see, who is not told of other sessions above.
    """
    roots, asks = roots_of(sessions, among), count_pending_approvals(sessions)
    return [_summary(each, roots[each.pk], asks[each.pk]) for each in sessions]


def _summary(session: AgentSession, root: str, asks: int) -> SessionSummary:
    return SessionSummary(
        id=session.id,
        # A parent that may be seen would be the root, or below it.
        parent="" if session.parent_id and root == session.pk else session.parent_id,
        root=root,
        title=session.title,
        status=SessionStatus(session.status),
        model=session.model,
        engine=session.engine,
        owner=session.owner.get_username() if session.owner else "",
        head=session.head_seq,
        cost_usd=None if session.cost_usd is None else float(session.cost_usd),
        created_ms=round(session.created_at.timestamp() * 1000),
        updated_ms=round(session.updated_at.timestamp() * 1000),
        asks=asks,
        tags=[tag.name for tag in session.tags.all()],
        is_archived=session.archived_at is not None,
    )


def read_rows(sessions: QuerySet[AgentSession]) -> list[Row]:
    """Read the newest rows of a list, and all that wait for a person."""
    rows = _rows(sessions.order_by("-updated_at")[: settings.LIST_MAX_ROWS])
    known = [row.summary.id for row in rows]
    return rows + read_waiting(sessions.exclude(pk__in=known))


def read_waiting(sessions: QuerySet[AgentSession]) -> list[Row]:
    """Read those of a list's rows that wait for a person."""
    waiting = sessions.filter(status=SessionStatus.WAITING).order_by("-updated_at")
    return _rows(waiting[: settings.LIST_MAX_ROWS])


class SessionList:
    """Tells the connections of this process what has changed in the list.

    Its reader should be its own: to read a list takes longer than all else that a
    connection asks for. What one person asks on many sockets is read one after the
    other, and those who wait meanwhile share the next reading.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._following: dict[Key, asyncio.Task[list[Row]]] = {}  # not begun yet
        self._turns: WeakValueDictionary[Key, asyncio.Lock] = WeakValueDictionary()
        self._listeners: set[Listener] = set()
        self._task: asyncio.Task[None] | None = None

    def watch(self, listener: Listener) -> None:
        self._listeners.add(listener)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="session list")

    def unwatch(self, listener: Listener) -> None:
        self._listeners.discard(listener)

    async def rows(self, who: Principal, *, asks_only: bool) -> list[Row]:
        """Read the rows that somebody may see, as they are after this was called."""
        key = (who, asks_only)
        task = self._following.get(key)
        if task is None:
            task = asyncio.create_task(self._read_in_turn(key))
            self._following[key] = task
        return await asyncio.shield(task)

    async def _read_in_turn(self, key: Key) -> list[Row]:
        turn = self._turns.setdefault(key, asyncio.Lock())
        async with turn:
            del self._following[key]  # whoever comes now wants a later reading
            who, asks_only = key
            read = read_waiting if asks_only else read_rows
            return await self._reader.read(read, visible(who))

    async def close(self) -> None:
        tasks = [task for task in (self._task, *self._following.values()) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self) -> None:
        told: dict[str, datetime] = {}
        while self._listeners:
            rows = await self._reader.read(_changed, told)
            fresh = [r for r in rows if told.get(r.summary.id) != r.updated_at]
            if fresh:
                told = {row.summary.id: row.updated_at for row in rows}
                for listener in list(self._listeners):
                    listener(fresh)
            await asyncio.sleep(settings.LIST_INTERVAL_S)


def _changed(told: dict[str, datetime]) -> list[Row]:
    """Read the rows of which some were not told of; none, if all were."""
    sessions = AgentSession.objects.all()
    if not told:
        return read_rows(sessions)
    # However many: a change left out now would not be told ever.
    recent = sessions.filter(updated_at__gt=max(told.values()) - LOOK_BACK)
    if dict(recent.values_list("id", "updated_at")).items() <= told.items():
        return []
    return _rows(recent.order_by("-updated_at"))


def _rows(sessions: QuerySet[AgentSession]) -> list[Row]:
    found = list(sessions.select_related("owner").prefetch_related("tags"))
    above = ancestors_of(found)
    lists = access_lists({*above, *(up for line in above.values() for up in line)})
    return [
        Row(
            lists[session.pk],
            session.updated_at,
            summary,
            tuple((up, lists[up]) for up in above[session.pk] if up in lists),
        )
        for session, summary in zip(found, summaries(found), strict=True)
        if session.pk in lists  # else it has gone meanwhile
    ]
