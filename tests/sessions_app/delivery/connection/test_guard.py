from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.utils import timezone

from sessions_app.delivery.connection.guard import ConnectionGrant, Guard
from sessions_app.log.database.reader import Reader
from sessions_app.models import AgentSession, Share
from sessions_app.people.visitor import Visitor
from tests.sessions_app.logbook import elsewhere, held_session, until
from tests.sessions_app.tab import sign_in


@dataclass(eq=False)
class GuardedConnection:
    """A connection that shows some sessions, and keeps what it is told."""

    watched: list[str]
    ended: bool = False
    forbidden: list[str] = field(default_factory=list)

    def sign_out(self) -> None:
        self.ended = True

    def forbid(self, session_id: str) -> None:
        self.forbidden.append(session_id)
        self.watched.remove(session_id)


@pytest.fixture
async def guard(transactional_db: None, settings: LazySettings) -> AsyncIterator[Guard]:
    settings.GUARD_INTERVAL_S = 0.02
    reader = Reader(1)
    guard = Guard(reader)
    yield guard
    await guard.close()
    await reader.close()


def link(session_id: str) -> int:
    session = held_session(id=session_id)
    return int(Share.objects.create(session=session, token_hash=session_id).pk)


def links() -> tuple[int, int]:
    first, second = link("s_a"), link("s_b")
    held_session(id="s_below", parent_id="s_a")
    return first, second


async def come(guard: Guard, by: set[int], *watched: str) -> GuardedConnection:
    grant = await guard.grant(Visitor(frozenset(by)), "")
    assert isinstance(grant, ConnectionGrant)
    connection = GuardedConnection(list(watched))
    guard.watch(grant, connection)
    return connection


async def test_a_link_counts_those_who_watch_what_it_shows(guard: Guard) -> None:
    first, second = await elsewhere(links)
    connections = [
        await come(guard, {first, second}, "s_below"),  # has both, watches by one
        await come(guard, {second}, "s_b"),
        await come(guard, {first}),  # looks at nothing now
    ]
    await until(lambda: guard.link_viewers() == {first: 1, second: 1})
    for connection in connections:
        guard.unwatch(connection)
    await until(lambda: not guard.link_viewers())


async def test_a_link_counts_who_opened_it_signed_in_but_not_its_owner(
    guard: Guard,
) -> None:
    first, _ = await elsewhere(links)

    def open_it() -> list[tuple[User, str]]:
        people = [(User.objects.create_user(name), name) for name in ("owner", "guest")]
        held_session(id="s_theirs", owner=people[1][0])
        for person, _ in people:
            Share.objects.get(pk=first).people.add(person)
        AgentSession.objects.filter(pk__in=["s_a", "s_below"]).update(
            owner=people[0][0]
        )
        return [(person, str(sign_in(person).session_key)) for person, _ in people]

    for person, key in await elsewhere(open_it):
        grant = await guard.grant(person, key)
        assert grant is not None
        guard.watch(grant, GuardedConnection(["s_below", "s_theirs"]))
    await until(lambda: guard.link_viewers() == {first: 1})


async def test_who_has_another_link_left_loses_the_revoked_one_alone(
    guard: Guard,
) -> None:
    first, second = await elsewhere(links)
    connection = await come(guard, {first, second}, "s_a", "s_b")
    await elsewhere(Share.objects.filter(pk=first).update, revoked_at=timezone.now())
    await until(lambda: connection.forbidden == ["s_a"])
    await until(lambda: guard.link_viewers() == {second: 1})
    assert not connection.ended
