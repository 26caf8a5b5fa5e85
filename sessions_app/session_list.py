import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet

from sessions_app.models import AgentSession
from sessions_app.protocol.frames import SessionSummary
from sessions_app.protocol.status import SessionStatus
from sessions_app.reader import Reader
from sessions_app.rights import Audience, audiences

# A change is stamped before its commit: look back this far, so that a slow commit
# is not passed over.
LOOK_BACK = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Row:
    """One session of the list, and for whom it is."""

    audience: Audience
    updated_at: datetime
    summary: SessionSummary


Listener = Callable[[list[Row]], None]


def summary(session: AgentSession) -> SessionSummary:
    return SessionSummary(
        id=session.id,
        parent=session.parent_id,
        title=session.title,
        status=SessionStatus(session.status),
        model=session.model,
        engine=session.engine,
        owner=session.owner.get_username() if session.owner else "",
        head=session.head_seq,
        cost_usd=None if session.cost_usd is None else float(session.cost_usd),
        created_ms=round(session.created_at.timestamp() * 1000),
        updated_ms=round(session.updated_at.timestamp() * 1000),
    )


def read_rows(sessions: QuerySet[AgentSession]) -> list[Row]:
    """Read the rows of a list, the latest changes first."""
    found = sessions.order_by("-updated_at")[: settings.LIST_MAX_ROWS]
    return _rows(found)


class SessionList:
    """Tells the connections of this process what has changed in the list."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._listeners: set[Listener] = set()
        self._task: asyncio.Task[None] | None = None

    def watch(self, listener: Listener) -> None:
        self._listeners.add(listener)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="session list")

    def unwatch(self, listener: Listener) -> None:
        self._listeners.discard(listener)

    async def close(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        told: dict[str, datetime] = {}
        while self._listeners:
            rows = await self._reader.read(self._changed, told)
            fresh = [r for r in rows if told.get(r.summary.id) != r.updated_at]
            told = {row.summary.id: row.updated_at for row in rows}
            for listener in list(self._listeners) if fresh else ():
                listener(fresh)
            await asyncio.sleep(settings.LIST_INTERVAL_S)

    @staticmethod
    def _changed(told: dict[str, datetime]) -> list[Row]:
        sessions = AgentSession.objects.all()
        if not told:
            return read_rows(sessions)
        # However many: a change left out now would not be told ever.
        since = max(told.values()) - LOOK_BACK
        return _rows(sessions.filter(updated_at__gt=since).order_by("-updated_at"))


def _rows(sessions: QuerySet[AgentSession]) -> list[Row]:
    found = list(sessions.select_related("owner"))
    audience = audiences([session.pk for session in found])
    return [
        Row(audience[session.pk], session.updated_at, summary(session))
        for session in found
        if session.pk in audience  # else it has gone meanwhile
    ]
