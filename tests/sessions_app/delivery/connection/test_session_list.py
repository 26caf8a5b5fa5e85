import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.db.models.functions import Now

from sessions_app.delivery.connection.session_list import Row, SessionList, read_rows
from sessions_app.log.database.reader import Reader
from sessions_app.models import AgentSession
from sessions_app.people.rights import Principal
from sessions_app.people.roles import Role
from tests.sessions_app.logbook import change, elsewhere, held_session, until

pytestmark = [pytest.mark.conformance, pytest.mark.usefixtures("transactional_db")]


@pytest.fixture(autouse=True)
def _quick(settings: LazySettings) -> None:
    settings.LIST_INTERVAL_S = 0.01


@pytest.fixture
async def listing(transactional_db: None) -> AsyncIterator[SessionList]:
    reader = Reader(2)
    listing = SessionList(reader)
    yield listing
    await listing.close()
    await reader.close()


class Listener:
    def __init__(self) -> None:
        self.rows: list[Row] = []

    def hear(self, rows: list[Row]) -> None:
        self.rows += rows

    def titles(self) -> list[str]:
        return [row.summary.title for row in self.rows]

    async def hears(self, title: str) -> None:
        await until(lambda: title in self.titles())


def touch(session_id: str, title: str) -> None:
    change(session_id, title=title, updated_at=Now())


async def test_changes_are_told_to_all_who_watch(listing: SessionList) -> None:
    await elsewhere(held_session, id="s_1", title="old")
    first, second = Listener(), Listener()
    listing.watch(first.hear)
    await first.hears("old")
    listing.watch(second.hear)  # who comes later reads the list, then hears changes
    await elsewhere(touch, "s_1", "new")
    await elsewhere(held_session, id="s_2", title="another")
    for listener in (first, second):
        await listener.hears("new")
        await listener.hears("another")


async def test_what_has_not_changed_is_not_told_again(listing: SessionList) -> None:
    for number in range(3):
        await elsewhere(held_session, id=f"s_{number}", title=str(number))
    listener = Listener()
    listing.watch(listener.hear)
    await until(lambda: len(listener.rows) == 3)
    await elsewhere(touch, "s_1", "new")
    await listener.hears("new")
    await elsewhere(change, "s_2", head_seq=7)  # events do not move the list
    await elsewhere(touch, "s_0", "last")
    await listener.hears("last")
    assert len(listener.rows) == 5


async def test_who_leaves_hears_no_more_and_who_comes_later_hears_again(
    listing: SessionList,
) -> None:
    await elsewhere(held_session, id="s_1", title="old")
    first, second = Listener(), Listener()
    listing.watch(first.hear)
    await first.hears("old")
    listing.unwatch(first.hear)
    listing.unwatch(first.hear)
    listing.watch(second.hear)
    await elsewhere(touch, "s_1", "new")
    await second.hears("new")
    assert first.titles() == ["old"]


async def test_no_change_is_left_out_however_many_there_are(
    listing: SessionList, settings: LazySettings
) -> None:
    settings.LIST_MAX_ROWS = 3
    await elsewhere(held_session, id="s_first", title="first")
    listener = Listener()
    listing.watch(listener.hear)
    await listener.hears("first")

    def touch_many() -> None:
        for number in range(10):
            held_session(id=f"s_{number}", title=f"t{number}")
        touch("s_first", "changed")

    await elsewhere(touch_many)
    for number in range(10):
        await listener.hears(f"t{number}")
    await listener.hears("changed")


async def test_a_commit_that_came_late_is_not_passed_over(
    listing: SessionList,
) -> None:
    await elsewhere(held_session, id="s_1", title="first")
    listener = Listener()
    listing.watch(listener.hear)
    await listener.hears("first")
    late = Now() - timedelta(seconds=3)  # stamped then, committed now
    await elsewhere(held_session, id="s_2", title="late", updated_at=late)
    await listener.hears("late")


async def test_an_empty_list_tells_nothing_until_there_is_something(
    listing: SessionList,
) -> None:
    listener = Listener()
    listing.watch(listener.hear)
    await elsewhere(held_session, id="s_1", title="first")
    await listener.hears("first")


def test_a_list_is_its_newest_rows(settings: LazySettings) -> None:
    settings.LIST_MAX_ROWS = 2
    alice = User.objects.create_user("alice")
    for number in range(3):
        held_session(id=f"s_{number}", owner=alice, cost_usd="0.5")
        change(f"s_{number}", updated_at=Now() - timedelta(minutes=number))
    rows = read_rows(AgentSession.objects.all())
    assert [row.summary.id for row in rows] == ["s_0", "s_1"]
    summary = rows[0].summary
    assert (summary.owner, summary.cost_usd, summary.parent) == ("alice", 0.5, None)
    assert summary.created_ms <= summary.updated_ms + 1000
    assert rows[0].access_list.owner_id == alice.pk


def test_a_session_of_nobodys_has_no_owner() -> None:
    held_session(id="s_1")
    (row,) = read_rows(AgentSession.objects.all())
    assert (row.access_list.owner_id, row.summary.owner, row.summary.cost_usd) == (
        None,
        "",
        None,
    )


class CountingReader(Reader):
    """A reader that counts the queries it was given."""

    count = 0

    async def read_once(
        self, query: Callable[..., Any], *args: Any, **kwargs: Any
    ) -> Any:
        self.count += 1
        return await super().read_once(query, *args, **kwargs)


async def test_what_one_person_asks_for_meanwhile_is_one_more_read() -> None:
    await elsewhere(held_session, id="s_1", title="mine")
    reader = CountingReader(1)
    listing = SessionList(reader)
    admin = Principal(Role.ADMIN, 1)

    def ask() -> "asyncio.Task[str]":
        return asyncio.create_task(listing.frame(admin, asks_only=False))

    first = ask()
    await until(lambda: reader.count == 1)
    frames = await asyncio.gather(first, *(ask() for _ in range(10)))
    assert reader.count == 2
    assert all('"mine"' in frame for frame in frames)
    await listing.close()
    await reader.close()
