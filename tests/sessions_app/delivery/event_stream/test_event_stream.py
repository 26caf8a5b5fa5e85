import asyncio
from collections.abc import AsyncIterator

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.utils import timezone

from sessions_app.delivery.connection.guard import Guard
from sessions_app.delivery.connection.start import find_start
from sessions_app.delivery.event_stream.door import EventStreamDoor
from sessions_app.delivery.event_stream.stream import EventStream
from sessions_app.delivery.feed.feed import Feed
from sessions_app.delivery.server.database_check import DatabaseCheck
from sessions_app.models import AgentSession, ApiToken, Event
from sessions_app.people.api_tokens import Scope, issue
from sessions_app.protocol.events import AgentSpawn
from sessions_app.protocol.frames import Subscribe
from tests.servers.process import PATIENCE_S
from tests.sessions_app.delivery.event_stream.listener import Listener, no_application
from tests.sessions_app.logbook import (
    change,
    delta,
    elsewhere,
    held_session,
    until,
    write_log,
)

pytestmark = pytest.mark.usefixtures("transactional_db")
ROOT, CHILD, GRANDCHILD = "s_root", "s_child", "s_grand"


@pytest.fixture(autouse=True)
def _quick(settings: LazySettings) -> None:
    settings.HEAD_CHECK_INTERVAL_S = 0.05
    settings.TAIL_QUERY_INTERVAL_S = 0.01
    settings.GUARD_INTERVAL_S = 0.05


@pytest.fixture
def few(settings: LazySettings) -> None:
    """Set, before the door is made, that a token has one stream."""
    settings.EVENT_STREAMS_OF_PERSON_MAX = 1


@pytest.fixture
def slow(settings: LazySettings) -> None:
    """Set, before the door is made, that an address opens two streams at once."""
    settings.EVENT_STREAMS_OPENING_OF_ADDRESS_MAX = 2


@pytest.fixture
async def door(transactional_db: None) -> AsyncIterator[EventStreamDoor]:
    feed = Feed()
    guard = Guard(feed.reader)
    database = DatabaseCheck()
    door = EventStreamDoor(no_application, feed, guard, database)
    yield door
    for close in (door.close, guard.close, feed.close, database.close):
        await close()


@pytest.fixture
def carol(transactional_db: None) -> User:
    return User.objects.create_user("carol")


@pytest.fixture
def token(carol: User) -> str:
    return issue(carol, "t", {Scope.READ}, None)


@pytest.fixture
def tree(carol: User) -> list[tuple[str, int]]:
    """A session with a sub-agent that has one, too; returns (session, seq) of all."""
    root = held_session(id=ROOT, owner=carol)
    child = held_session(id=CHILD, parent_id=ROOT, owner=carol)
    grand = held_session(id=GRANDCHILD, parent_id=CHILD, owner=carol)
    write_log(root, delta("a"), spawn(CHILD), delta("b", 1), delta("c", 2))
    write_log(child, delta("d"), spawn(GRANDCHILD), delta("e", 1))
    write_log(grand, delta("f"), delta("g", 1))
    return sorted(Event.objects.values_list("session_id", "seq"))


def spawn(child: str) -> AgentSpawn:
    return AgentSpawn(child_id=child, task="Do it", tool_use_id="t")


def places(listener: Listener) -> list[tuple[str, int]]:
    return [(one.data["sessionId"], one.data["seq"]) for one in listener.events]


async def test_stream_is_the_log_and_then_what_is_appended(
    door: EventStreamDoor, token: str, tree: list[tuple[str, int]]
) -> None:
    listener = Listener()
    listener.open(door, ROOT, token)
    await listener.has("live")
    assert places(listener) == [(ROOT, seq) for seq in (1, 2, 3, 4)]
    root = await elsewhere(AgentSession.objects.get, pk=ROOT)
    await elsewhere(write_log, root, delta("new", 3))
    await until(lambda: len(listener.events) == 5)
    assert listener.events[-1].data["delta"] == "new"
    assert listener.events[-1].id == f"{root.epoch}.5"
    await listener.close()


async def test_cut_after_any_event_it_resumes_with_the_next(
    door: EventStreamDoor, token: str, tree: list[tuple[str, int]]
) -> None:
    whole = Listener()
    whole.open(door, ROOT, token)
    await whole.has("live")
    for count, last in enumerate(whole.events, 1):
        rest = Listener()
        rest.open(door, ROOT, token, last.id)
        await rest.has("live")
        assert places(rest) == places(whole)[count:]
        await rest.close()
    await whole.close()


async def test_tree_cut_after_any_event_resumes_without_hole_or_repeat(
    door: EventStreamDoor, token: str, tree: list[tuple[str, int]]
) -> None:
    whole = Listener()
    whole.open(door, f"{ROOT}?tree=1", token)
    await until(lambda: len(whole.events) == len(tree))
    assert sorted(places(whole)) == tree
    for count, last in enumerate(whole.events, 1):
        rest = Listener()
        rest.open(door, f"{ROOT}?tree=1", token, last.id)
        await until(lambda n=count, r=rest: len(r.events) >= len(tree) - n)  # type: ignore[misc]
        await rest.has("live")
        assert sorted(places(whole)[:count] + places(rest)) == tree
        await rest.close()
    await whole.close()


async def test_log_that_was_replaced_comes_again_from_the_first(
    door: EventStreamDoor, token: str, tree: list[tuple[str, int]]
) -> None:
    listener = Listener()
    listener.open(door, ROOT, token)
    await listener.has("live")
    before = listener.events[-1].id
    await elsewhere(change, ROOT, epoch="beef")
    await until(lambda: len(listener.events) == 8)
    assert [one.name for one in listener.messages].count("reset") == 1
    assert listener.events[-1].id == "beef.4"
    await listener.close()
    late = Listener()
    late.open(door, ROOT, token, before)
    await late.has("live")
    assert [late.messages[0].name, len(late.events)] == ["reset", 4]
    await late.close()


async def test_stalled_reader_is_sent_nothing_more(
    door: EventStreamDoor, token: str, tree: list[tuple[str, int]]
) -> None:
    listener = Listener()
    listener.open(door, ROOT, token)
    await listener.has("live")
    listener.reads.clear()
    root = await elsewhere(AgentSession.objects.get, pk=ROOT)
    before = listener.pieces
    for number in range(3, 20):
        await elsewhere(write_log, root, delta("x", number))
    await until(lambda: listener.pieces == before + 1)
    listener.reads.set()
    await until(lambda: len(listener.events) == 4 + 17)
    assert [seq for _, seq in places(listener)] == list(range(1, 22))
    await listener.close()


async def test_what_comes_right_after_a_piece_goes_with_the_next(
    door: EventStreamDoor,
    token: str,
    tree: list[tuple[str, int]],
    settings: LazySettings,
) -> None:
    settings.EVENT_STREAM_PACE_S = 0.5
    listener = Listener()
    listener.open(door, ROOT, token)
    await listener.has("live")
    before = listener.pieces
    root = await elsewhere(AgentSession.objects.get, pk=ROOT)
    for number in range(3, 13):
        await elsewhere(write_log, root, delta("x", number))
    await until(lambda: len(listener.events) == 4 + 10)
    assert listener.pieces - before <= 3
    await listener.close()


async def test_silence_has_heartbeats(
    door: EventStreamDoor,
    token: str,
    tree: list[tuple[str, int]],
    settings: LazySettings,
) -> None:
    settings.EVENT_STREAM_HEARTBEAT_S = 0.01
    listener = Listener()
    listener.open(door, ROOT, token)
    await listener.has("live")
    before = listener.pieces
    await until(lambda: listener.pieces >= before + 3)
    await listener.close()


async def test_revoked_token_ends_the_stream(
    door: EventStreamDoor, token: str, tree: list[tuple[str, int]]
) -> None:
    listener = Listener()
    listener.open(door, ROOT, token)
    await listener.has("live")
    await elsewhere(ApiToken.objects.update, revoked_at=timezone.now())
    await listener.ended()
    assert listener.messages[-1].name == "end"


async def test_a_token_that_may_read_no_more_ends_the_stream(
    door: EventStreamDoor, token: str, tree: list[tuple[str, int]]
) -> None:
    listener = Listener()
    listener.open(door, ROOT, token)
    await listener.has("live")
    await elsewhere(ApiToken.objects.update, scopes="control")
    await listener.ended()
    assert listener.messages[-1].name == "end"


async def test_session_that_is_not_theirs_any_more_ends_the_stream(
    door: EventStreamDoor, token: str, tree: list[tuple[str, int]]
) -> None:
    listener = Listener()
    listener.open(door, ROOT, token)
    await listener.has("live")
    await elsewhere(change, ROOT, owner=None)
    await listener.ended()
    assert listener.messages[-1].name == "end"


@pytest.mark.parametrize(
    ("address", "last_id", "status"),
    [
        ("s_nope", "", 404),
        (ROOT, "garbage", 400),
        (f"{ROOT}?after=x", "", 400),
        (f"{ROOT}?tree=2", "", 400),
    ],
)
async def test_wrong_request_is_told_what_was_wrong(
    door: EventStreamDoor,
    token: str,
    tree: list[tuple[str, int]],
    address: str,
    last_id: str,
    status: int,
) -> None:
    listener = Listener()
    listener.open(door, address, token, last_id)
    await listener.ended()
    assert (listener.status, '"detail"' in listener.text) == (status, True)


async def test_stream_needs_a_token_that_may_read(
    door: EventStreamDoor, carol: User, tree: list[tuple[str, int]]
) -> None:
    control = await elsewhere(issue, carol, "t", {Scope.CONTROL}, None)
    for token in ("", "ringside_wrong", control):
        listener = Listener()
        listener.open(door, ROOT, token)
        await listener.ended()
        assert listener.status == 401


async def test_one_token_has_a_limited_number_of_streams(
    few: None, door: EventStreamDoor, token: str, tree: list[tuple[str, int]]
) -> None:
    first, second = Listener(), Listener()
    first.open(door, ROOT, token)
    await first.has("live")
    second.open(door, ROOT, token)
    await second.ended()
    assert second.status == 429
    await first.close()


async def test_streams_being_opened_are_limited_for_each_address(
    slow: None, door: EventStreamDoor, token: str, tree: list[tuple[str, int]]
) -> None:
    many = [Listener() for _ in range(5)]
    for listener in many:
        listener.open(door, ROOT, "ringside_wrong")
    for listener in many:
        await listener.ended()
    assert sorted(listener.status for listener in many) == [401, 401, 429, 429, 429]
    late = Listener()
    late.open(door, ROOT, token)
    await late.has("live")
    await late.close()


async def test_stream_that_is_ended_while_it_sends_waits_for_no_heartbeat(
    tree: list[tuple[str, int]], settings: LazySettings
) -> None:
    settings.EVENT_STREAM_HEARTBEAT_S = 3600.0
    feed = Feed()
    start = await feed.reader.read(find_start, Subscribe(session=ROOT, after=0))
    assert start is not None
    stream = EventStream(feed, start, None, {})
    sent: list[bytes] = []

    async def send(data: bytes) -> None:
        sent.append(data)
        if b"event: live" in data:
            stream.sign_out()

    async with asyncio.timeout(PATIENCE_S):
        await stream.run(send)
    assert b"event: end" in sent[-1]
    await feed.close()
