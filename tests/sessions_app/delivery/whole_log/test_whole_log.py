import asyncio
import random
import threading
from collections.abc import AsyncIterator, Callable
from functools import partial

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.db import connection, connections, transaction
from django.utils import timezone

from sessions_app.delivery.connection.guard import Guard
from sessions_app.delivery.event_stream.door import EventStreamDoor
from sessions_app.delivery.feed.feed import Feed
from sessions_app.delivery.server.database_check import DatabaseCheck
from sessions_app.delivery.whole_log.door import WholeLogDoor
from sessions_app.delivery.whole_log.whole_log import WholeLog
from sessions_app.history.retention.redaction import redact_text
from sessions_app.log.epochs import change_all_epochs
from sessions_app.models import AgentSession, ApiToken, Event, Share
from sessions_app.people.api_tokens import Scope, issue
from tests.sessions_app.delivery.event_stream.listener import Listener, no_application
from tests.sessions_app.logbook import (
    at_once,
    delta,
    elsewhere,
    held_session,
    row,
    text,
    until,
    write_log,
)

pytestmark = pytest.mark.usefixtures("transactional_db")
ALL = "/api/v1/events"
WHOLE = f"{ALL}?after=0"
EACH = 60  # events that each writer writes
Line = tuple[str, int]  # session id, seq


@pytest.fixture(autouse=True)
def _quick(settings: LazySettings) -> None:
    settings.WHOLE_LOG_GATHER_S = 0.001
    settings.GUARD_INTERVAL_S = 0.05


@pytest.fixture
async def new_door(
    transactional_db: None,
) -> AsyncIterator[Callable[[], WholeLogDoor]]:
    """Doors as so many web processes have them, or one that is started again."""
    feed, database = Feed(), DatabaseCheck()
    guard = Guard(feed.reader)
    streams = EventStreamDoor(no_application, feed, guard, database)
    logs: list[WholeLog] = []

    def new() -> WholeLogDoor:
        logs.append(WholeLog())
        return WholeLogDoor(streams, streams, logs[-1])

    yield new
    closes = [log.close for log in logs]
    for close in (*closes, streams.close, guard.close, feed.close, database.close):
        await close()


@pytest.fixture
def door(new_door: Callable[[], WholeLogDoor]) -> WholeLogDoor:
    return new_door()


@pytest.fixture
def carol(transactional_db: None) -> User:
    return User.objects.create_user("carol")


@pytest.fixture
def token(carol: User) -> str:
    return issue(carol, "t", {Scope.READ}, None)


@pytest.fixture
def mine(carol: User) -> AgentSession:
    session = held_session(id="s_mine", owner=carol)
    write_log(session, delta("a"), delta("b", 1))
    return session


@pytest.fixture
def theirs(transactional_db: None) -> AgentSession:
    session = held_session(id="s_theirs")
    write_log(session, delta("secret"))
    return session


def lines(*listeners: Listener) -> list[Line]:
    return [
        (event.data["sessionId"], event.data["seq"])
        for listener in listeners
        for event in listener.events
    ]


def named(listener: Listener) -> list[str]:
    """The messages that a browser dispatches and that are no events."""
    names = (one.name for one in listener.messages)
    return [name for name in names if name not in {"message", "place"}]


def oracle(*session_ids: str) -> list[Line]:
    """Every event of these sessions, by its own number, as plain SQL has them."""
    rows = Event.objects.filter(session__in=session_ids).order_by("id")
    return list(rows.values_list("session_id", "seq"))


async def test_stream_begins_now_and_has_what_one_may_see(
    door: WholeLogDoor,
    token: str,
    carol: User,
    mine: AgentSession,
    theirs: AgentSession,
) -> None:
    listener = Listener()
    listener.open(door, ALL, token)
    await listener.has("live")
    await elsewhere(write_log, theirs, delta("x", 6))
    await elsewhere(write_log, mine, delta("c", 2))
    new = await elsewhere(held_session, id="s_new", owner=carol)
    await elsewhere(write_log, new, delta("n"))
    await until(lambda: len(listener.events) == 2)
    assert lines(listener) == [("s_mine", 3), ("s_new", 1)]
    await listener.close()


async def test_share_joins_and_a_lost_one_leaves(
    door: WholeLogDoor,
    token: str,
    carol: User,
    mine: AgentSession,
    theirs: AgentSession,
) -> None:
    listener = Listener()
    listener.open(door, ALL, token)
    await listener.has("live")
    share = await elsewhere(Share.objects.create, session=theirs, user=carol)
    await elsewhere(write_log, theirs, delta("x", 6))
    await until(lambda: lines(listener) == [("s_theirs", 2)])
    await elsewhere(share.delete)

    async def has_left() -> bool:
        """They say something, and then Carol's session does; only hers comes."""
        before = len(listener.events)
        await elsewhere(write_log, theirs, delta("y", 7))
        await elsewhere(write_log, mine, delta("z", 2))
        hers = await elsewhere(row, "s_mine")
        await until(lambda: lines(listener)[-1] == ("s_mine", hers.head_seq))
        return [id_ for id_, _ in lines(listener)[before:]] == ["s_mine"]

    await until(has_left)
    await listener.close()


async def test_cut_after_any_message_it_resumes_without_hole_or_repeat(
    new_door: Callable[[], WholeLogDoor],
    token: str,
    mine: AgentSession,
    theirs: AgentSession,
) -> None:
    await elsewhere(write_log, mine, delta("c", 2), delta("d", 3))
    expected = await elsewhere(oracle, "s_mine")
    whole = Listener()
    whole.open(new_door(), WHOLE, token)
    await whole.has("live")
    assert lines(whole) == expected
    for count, last in enumerate(whole.events, 1):
        rest = Listener()
        rest.open(new_door(), ALL, token, last.id)
        await rest.has("live")
        assert lines(rest) == expected[count:]
        await rest.close()
    await whole.close()


async def test_all_writers_events_come_once_over_any_cuts_and_restarts(
    new_door: Callable[[], WholeLogDoor],
    token: str,
    carol: User,
    settings: LazySettings,
) -> None:
    """The oracle is the table itself, read when all is over."""
    settings.PAGE_MAX_ROWS = 7
    settings.RECENT_MAX_CHARS = 2000  # so that readers fall behind the window
    names = [f"s_{number}" for number in range(4)]
    owners = dict.fromkeys(names, carol) | {"s_hidden": None}
    for name, owner in owners.items():
        await elsewhere(held_session, id=name, owner=owner)

    def write(number: int) -> None:
        for place in range(EACH):
            write_log(row([*owners][number]), delta("x", place))

    writing = asyncio.create_task(asyncio.to_thread(at_once, len(owners), write))
    read = await follow(new_door, token, EACH * len(names))
    await writing
    assert read == await elsewhere(oracle, *names)
    for name in names:
        assert [seq for id_, seq in read if id_ == name] == list(range(1, EACH + 1))


async def follow(
    new_door: Callable[[], WholeLogDoor], token: str, count: int
) -> list[Line]:
    """Read so many events, cut again and again, by servers that are new now and then.

    What comes beyond them is read, too.
    """
    dice = random.Random(7)  # noqa: S311 no secret
    door, last, read = new_door(), "0.0", list[Line]()
    while True:
        listener = Listener()
        listener.open(door, ALL, token, last)
        if len(read) >= count:
            await listener.has("live")
        else:
            want = min(dice.randint(1, 25), count - len(read))
            await until(partial(has_events, listener, want))
        await listener.close()
        if len(read) >= count:
            return read + lines(listener)
        read += lines(listener)
        last = ([one.id for one in listener.messages if one.id] or [last])[-1]
        door = new_door() if dice.random() < 0.3 else door


def has_events(listener: Listener, count: int) -> bool:
    return len(listener.events) >= count


async def test_redacted_log_is_told_live_and_to_who_was_away(
    door: WholeLogDoor, token: str, mine: AgentSession
) -> None:
    await elsewhere(write_log, mine, text("the password", "m2.0"))
    live, late, again = Listener(), Listener(), Listener()
    live.open(door, WHOLE, token)
    await live.has("live")
    await elsewhere(redact_text, mine, "password", None)
    late.open(door, ALL, token, live.messages[0].id)
    session = await elsewhere(row, "s_mine")
    await elsewhere(write_log, mine, delta("z"))
    for listener, passed in ((live, 3), (late, 1)):
        await until(partial(ends_with, listener, ("s_mine", 4)))
        (reset,) = [one.data for one in listener.messages if one.name == "reset"]
        told = {"session": "s_mine", "epoch": session.epoch, "upTo": passed}
        assert reset == told
    assert "password" not in str(late.messages)
    again.open(door, ALL, token, live.messages[-1].id)
    await again.has("live")
    assert named(again) == ["live"]
    for listener in (live, late, again):
        await listener.close()


def ends_with(listener: Listener, line: Line) -> bool:
    return lines(listener)[-1:] == [line]


async def test_redaction_of_what_one_may_not_see_is_not_told(
    door: WholeLogDoor, token: str, mine: AgentSession, theirs: AgentSession
) -> None:
    listener = Listener()
    listener.open(door, ALL, token)
    await listener.has("live")
    await elsewhere(redact_text, theirs, "secret", None)
    await elsewhere(write_log, mine, delta("c", 2))
    await until(lambda: listener.events)
    assert "s_theirs" not in str(listener.messages)
    await listener.close()


async def test_restored_database_voids_every_place(
    door: WholeLogDoor, token: str, mine: AgentSession
) -> None:
    whole = Listener()
    whole.open(door, WHOLE, token)
    await whole.has("live")
    await whole.close()
    await elsewhere(change_all_epochs)
    for last in (whole.events[0].id, "beef.1"):  # the other is of what was undone
        listener = Listener()
        listener.open(door, ALL, token, last)
        await listener.has("live")
        assert named(listener) == ["reset", "live"]
        assert listener.messages[0].data == {}
        await listener.close()


async def test_stalled_reader_is_sent_nothing_more(
    door: WholeLogDoor, token: str, mine: AgentSession
) -> None:
    listener = Listener()
    listener.open(door, WHOLE, token)
    await listener.has("live")
    listener.reads.clear()
    before = listener.pieces
    for number in range(2, 20):
        await elsewhere(write_log, mine, delta("x", number))
    await until(lambda: listener.pieces == before + 1)
    listener.reads.set()
    await until(lambda: len(listener.events) == 20)
    assert lines(listener) == await elsewhere(oracle, "s_mine")
    await listener.close()


async def test_silence_tells_the_place_that_others_have_moved(
    door: WholeLogDoor, token: str, theirs: AgentSession, settings: LazySettings
) -> None:
    settings.EVENT_STREAM_HEARTBEAT_S = 0.02
    listener = Listener()
    listener.open(door, ALL, token)
    await listener.has("live")
    await elsewhere(write_log, theirs, delta("x", 6))
    newest = (await elsewhere(Event.objects.latest, "id")).pk
    await until(lambda: listener.messages[-1].id.endswith(f".{newest}"))
    assert not listener.events
    await listener.close()


async def test_revoked_token_ends_the_stream(
    door: WholeLogDoor, token: str, mine: AgentSession
) -> None:
    listener = Listener()
    listener.open(door, ALL, token)
    await listener.has("live")
    await elsewhere(ApiToken.objects.update, revoked_at=timezone.now())
    await listener.ended()
    assert listener.messages[-1].name == "end"


@pytest.mark.parametrize(
    ("address", "last_id", "status"),
    [
        (ALL, "garbage", 400),
        (ALL, "beef.1,s_one.beef.1", 400),
        (f"{ALL}?after=x", "", 400),
    ],
)
async def test_wrong_request_is_told_what_was_wrong(
    door: WholeLogDoor, token: str, address: str, last_id: str, status: int
) -> None:
    listener = Listener()
    listener.open(door, address, token, last_id)
    await listener.ended()
    assert (listener.status, '"detail"' in listener.text) == (status, True)


@pytest.mark.skipif(connection.vendor == "sqlite", reason="one writes at a time there")
async def test_commit_that_is_late_is_waited_for(
    door: WholeLogDoor, token: str, carol: User, mine: AgentSession
) -> None:
    """Its events have the lower numbers, and are seen last."""
    other = await elsewhere(held_session, id="s_late", owner=carol)
    is_written, release = threading.Event(), threading.Event()

    def write_late() -> None:
        try:
            with transaction.atomic():
                write_log(other, delta("late"))
                is_written.set()
                release.wait(30)
        finally:
            connections.close_all()

    listener = Listener()
    listener.open(door, ALL, token)
    await listener.has("live")
    thread = threading.Thread(target=write_late)
    thread.start()
    try:
        await elsewhere(is_written.wait, 30)
        await elsewhere(write_log, mine, delta("c", 2))
        await until(lambda: door.log.is_waiting, within=10)
        assert not listener.events
        release.set()
        await until(lambda: len(listener.events) == 2)
    finally:
        release.set()
        thread.join()
    assert lines(listener) == [("s_late", 1), ("s_mine", 3)]
    await listener.close()
