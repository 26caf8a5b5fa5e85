import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.utils import timezone

from sessions_app.reader import Reader


@dataclass(frozen=True, slots=True)
class Ticket:
    """What let a connection in; when any of it changes, the connection must go."""

    session_key: str
    user_id: int
    password: str  # as hashed
    is_superuser: bool

    @classmethod
    def of(cls, user: User, session_key: str) -> "Ticket":
        return cls(session_key, user.pk, user.password, user.is_superuser)


def valid(tickets: Collection[Ticket]) -> set[Ticket]:
    """Keep the tickets that would still let somebody in; two queries for all."""
    keys = {ticket.session_key for ticket in tickets}
    sessions = Session.objects.filter(session_key__in=keys)
    signed_in = set(
        sessions.filter(expire_date__gt=timezone.now()).values_list(
            "session_key", flat=True
        )
    )
    users = User.objects.filter(
        id__in={ticket.user_id for ticket in tickets}, is_active=True
    )
    known = set(users.values_list("id", "password", "is_superuser"))
    return {
        ticket
        for ticket in tickets
        if ticket.session_key in signed_in
        and (ticket.user_id, ticket.password, ticket.is_superuser) in known
    }


class Guard:
    """Ends the connections of people who have signed out or lost their rights.

    A WebSocket is let in once and may stay for weeks; HTTP requests are judged each.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._ends: dict[Callable[[], None], Ticket] = {}
        self._task: asyncio.Task[None] | None = None

    def watch(self, ticket: Ticket, end: Callable[[], None]) -> None:
        self._ends[end] = ticket
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="guard")

    def unwatch(self, end: Callable[[], None]) -> None:
        self._ends.pop(end, None)

    async def close(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while self._ends:
            await asyncio.sleep(settings.GUARD_INTERVAL_S)
            watched = dict(self._ends)
            still = await self._reader.read(valid, set(watched.values()))
            for end, ticket in watched.items():
                if ticket not in still:
                    end()
