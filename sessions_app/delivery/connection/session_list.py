import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from weakref import WeakValueDictionary

import msgspec
from django.conf import settings
from django.db.models import QuerySet

from sessions_app.commands.open_approvals import count_pending_approvals
from sessions_app.commands.waiting_messages import ids_of_waiting
from sessions_app.log.database.reader import Reader
from sessions_app.models import AgentSession
from sessions_app.people.rights import (
    AccessList,
    Principal,
    access_lists,
    sees,
    visible,
)
from sessions_app.protocol.encoding.codec import encode
from sessions_app.protocol.frames import Sessions, SessionSummary
from sessions_app.protocol.status import SessionStatus
from sessions_app.sessions.tree import ancestors_of, roots_of

# updated_at is set before the commit. Looking back this far finds a change whose commit
# was slow, although newer changes have been seen already.
LOOK_BACK = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Row:
    """One session of the list, and who may see it."""

    access_list: AccessList
    updated_at: datetime
    summary: SessionSummary
    above: tuple[tuple[str, AccessList], ...] = ()  # its ancestors, nearest first

    def seen_by(self, who: Principal) -> SessionSummary | None:
        """Return the summary for a person, or None if they may not see the session.

        The summary names no ancestor that the person may not see.
        """
        if not sees(who, self.access_list):
            return None
        seen = [id_ for id_, _ in takewhile(lambda up: sees(who, up[1]), self.above)]
        if len(seen) == len(self.above):
            return self.summary
        root = seen[-1] if seen else self.summary.id
        parent = seen[0] if seen else ""
        return msgspec.structs.replace(self.summary, parent=parent, root=root)


def frame_of(rows: Iterable[Row], who: Principal) -> str:
    """Return the encoded `sessions` frame of the rows that a person may see, or ""."""
    seen = (row.seen_by(who) for row in rows)
    mine = [summary for summary in seen if summary is not None]
    return encode(Sessions(sessions=mine)) if mine else ""


def _read_frame(who: Principal, asks_only: bool) -> str:
    read = read_waiting if asks_only else read_rows
    return frame_of(read(visible(who)), who)


Key = tuple[Principal, bool]  # the person, and whether only waiting sessions are wanted
Listener = Callable[[list[Row]], None]


def summaries(
    sessions: Sequence[AgentSession], among: QuerySet[AgentSession] | None = None
) -> list[SessionSummary]:
    """Return the list's summaries of sessions, with a fixed number of queries.

    `among`: the sessions that the reader may see; no other ancestor is named.
    """
    roots, asks = roots_of(sessions, among), count_pending_approvals(sessions)
    messages = ids_of_waiting([each.pk for each in sessions])
    return [
        _summary(each, roots[each.pk], asks[each.pk], messages.get(each.pk, []))
        for each in sessions
    ]


def _summary(
    session: AgentSession, root: str, asks: int, messages: list[str]
) -> SessionSummary:
    return SessionSummary(
        id=session.id,
        # If the session is its own root here, the reader may not see its parent.
        parent="" if session.parent_id and root == session.pk else session.parent_id,
        root=root,
        title=session.title,
        status=SessionStatus(session.status),
        model=session.model,
        engine=session.kind.facts,
        owner=session.owner.get_username() if session.owner else "",
        head=session.head_seq,
        cost_usd=None if session.cost_usd is None else float(session.cost_usd),
        created_ms=round(session.created_at.timestamp() * 1000),
        updated_ms=round(session.updated_at.timestamp() * 1000),
        asks=asks,
        tags=[tag.name for tag in session.tags.all()],
        is_archived=session.archived_at is not None,
        waiting_messages=messages,
    )


def read_rows(sessions: QuerySet[AgentSession]) -> list[Row]:
    """Read the newest rows of a list, and those of sessions that wait for a person."""
    rows = _rows(sessions.order_by("-updated_at")[: settings.LIST_MAX_ROWS])
    known = [row.summary.id for row in rows]
    return rows + read_waiting(sessions.exclude(pk__in=known))


def read_waiting(sessions: QuerySet[AgentSession]) -> list[Row]:
    """Read the newest rows of sessions that wait for a person."""
    waiting = sessions.filter(status=SessionStatus.WAITING).order_by("-updated_at")
    return _rows(waiting[: settings.LIST_MAX_ROWS])


class SessionList:
    """Sends changed rows of the session list to this process's connections.

    The reader should serve the list alone, because reading a list takes longer than
    any other query of a connection. One person's requests, from all of their sockets,
    are read one after the other; those that wait meanwhile share the next read. The
    reads of all people together take at most half of the time: after each the list
    rests for as long as the read took, so the process has time for cheap requests.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._following: dict[Key, asyncio.Task[str]] = {}  # not yet started
        self._rest = asyncio.Lock()  # held while the list is read, and rests
        self._turns: WeakValueDictionary[Key, asyncio.Lock] = WeakValueDictionary()
        self._listeners: set[Listener] = set()
        self._task: asyncio.Task[None] | None = None

    def watch(self, listener: Listener) -> None:
        self._listeners.add(listener)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="session list")

    def unwatch(self, listener: Listener) -> None:
        self._listeners.discard(listener)

    async def frame(self, who: Principal, *, asks_only: bool) -> str:
        """Return a `sessions` frame, read after this call (never older).

        It has all that the person may see, and is "" if that is nothing. It is encoded
        where it is read, off the event loop, and once for all of a person's sockets.
        """
        key = (who, asks_only)
        task = self._following.get(key)
        if task is None:
            task = asyncio.create_task(self._read_in_turn(key))
            self._following[key] = task
        return await asyncio.shield(task)

    async def _read_in_turn(self, key: Key) -> str:
        turn = self._turns.setdefault(key, asyncio.Lock())
        async with turn:
            await self._rest.acquire()
            del self._following[key]  # a request from now on needs a later read
            loop = asyncio.get_running_loop()
            began = loop.time()
            try:
                return await self._reader.read(_read_frame, *key)
            finally:
                loop.call_later(loop.time() - began, self._rest.release)

    async def close(self) -> None:
        tasks = [task for task in (self._task, *self._following.values()) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self) -> None:
        sent: dict[str, datetime] = {}
        while self._listeners:
            rows = await self._reader.read(_changed, sent)
            fresh = [r for r in rows if sent.get(r.summary.id) != r.updated_at]
            if fresh:
                sent = {row.summary.id: row.updated_at for row in rows}
                for listener in list(self._listeners):
                    listener(fresh)
            await asyncio.sleep(settings.LIST_INTERVAL_S)


def _changed(sent: dict[str, datetime]) -> list[Row]:
    """Read the rows updated since the last read; empty if none has changed.

    `told`: `updated_at` of the rows that the listeners got, by session id.
    """
    sessions = AgentSession.objects.all()
    if not sent:
        return read_rows(sessions)
    # Without a limit: a change that is left out now would never be sent.
    recent = sessions.filter(updated_at__gt=max(sent.values()) - LOOK_BACK)
    if dict(recent.values_list("id", "updated_at")).items() <= sent.items():
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
        if session.pk in lists  # a missing one was deleted in the meantime
    ]
