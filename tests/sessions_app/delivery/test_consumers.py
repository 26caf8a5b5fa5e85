import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.sessions.backends.base import SessionBase
from django.db.models.functions import Now

from sessions_app.delivery.consumers import Consumer
from sessions_app.delivery.feed import Feed
from sessions_app.delivery.guard import Guard
from sessions_app.delivery.session_list import SessionList
from sessions_app.layer import Layer
from sessions_app.log import Log, Writer
from sessions_app.models import AgentSession, Event
from sessions_app.operations.census import Census
from sessions_app.operations.upkeep import Upkeep
from sessions_app.protocol.events import TurnStart
from sessions_app.publisher import Publisher
from tests.sessions_app.logbook import (
    change,
    delta,
    elsewhere,
    held_session,
    ticks,
    until,
)
from tests.sessions_app.tab import Tab, sign_in

pytestmark = [
    pytest.mark.conformance,
    pytest.mark.layer,
    pytest.mark.usefixtures("transactional_db"),
]
Open = Callable[[], Tab]


@pytest.fixture(autouse=True)
def _quick(settings: LazySettings) -> None:
    settings.HEAD_CHECK_INTERVAL_S = 0.05
    settings.LIST_INTERVAL_S = 0.02


@pytest.fixture
def alice(transactional_db: None) -> User:
    return User.objects.create_user("alice")


@pytest.fixture
def signed_in(alice: User) -> SessionBase:
    return sign_in(alice)


@pytest.fixture
def session(alice: User) -> AgentSession:
    return held_session(id="s_one", owner=alice)


@pytest.fixture
def other(alice: User) -> AgentSession:
    return held_session(id="s_two", owner=alice)


@pytest.fixture
async def consumer(transactional_db: None) -> AsyncIterator[Consumer]:
    feed = Feed()
    session_list, guard = SessionList(feed.reader), Guard(feed.reader)
    upkeep = Upkeep(feed.reader, Census(feed, guard))
    yield Consumer(feed, session_list, guard, upkeep.start)
    for close in (upkeep.close, guard.close, session_list.close, feed.close):
        await close()


@pytest.fixture
async def open_tab(
    consumer: Consumer, alice: User, signed_in: SessionBase
) -> AsyncIterator[Open]:
    tabs: list[Tab] = []

    def open_one() -> Tab:
        tabs.append(Tab(consumer, alice, signed_in))
        return tabs[-1]

    yield open_one
    for tab in tabs:
        await tab.leave()


@pytest.fixture
async def log(consumer: Consumer) -> AsyncIterator[Log]:
    """A runner's half; its layer is the process's one, so it goes first."""
    async with AsyncExitStack() as stack:
        publisher = await stack.enter_async_context(Publisher(Layer()))
        yield await stack.enter_async_context(Log(publisher.offer))


async def write(log: Log, session: AgentSession, count: int) -> Writer:
    """Append so many events, and have them committed."""
    writer = log.writer(session.id, session.lease, session.head_seq)
    await add(writer, count)
    return writer


async def add(writer: Writer, count: int, size: int = 1) -> None:
    for number in range(count):
        await writer.append(delta("x" * size, number))
    await writer.flush()


# --- coming in ----------------------------------------------------------------


async def test_who_is_not_signed_in_is_told_so(consumer: Consumer) -> None:
    tab = Tab(consumer, AnonymousUser(), SessionBase())
    assert await tab.closes() == 4401
    assert tab.is_accepted  # else a browser could not read the code


async def test_other_paths_are_refused(consumer: Consumer) -> None:
    sent = []

    async def receive() -> dict[str, object]:
        return {"type": "websocket.connect"}

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    await consumer({"path": "/elsewhere/"}, receive, send)  # type: ignore[arg-type]
    assert sent == [{"type": "websocket.close"}]


async def test_who_leaves_is_forgotten(
    open_tab: Open, session: AgentSession, log: Log
) -> None:
    tab = open_tab()
    tab.subscribe(session.id)
    await tab.hears("live")
    await tab.leave()
    await write(log, session, 3)
    assert tab.code is None
    assert tab.of("events") == []


# --- a session's log ----------------------------------------------------------


async def test_a_viewer_sees_the_log_as_it_grows(
    open_tab: Open, session: AgentSession, log: Log
) -> None:
    tab = open_tab()
    tab.subscribe(session.id, after=0)
    subscribed = await tab.hears("subscribed", session=session.id)
    assert subscribed["head"] == 0
    assert subscribed["epoch"] == session.epoch
    assert subscribed["status"] == "running"
    await tab.hears("live", seq=0)
    await write(log, session, 50)
    await tab.reaches(session.id, 50)
    assert tab.seqs[session.id] == list(range(1, 51))


async def test_late_joiner_sees_the_whole_log(
    open_tab: Open, session: AgentSession, log: Log, settings: LazySettings
) -> None:
    settings.PAGE_MAX_ROWS = 7
    writer = await write(log, session, 60)
    tab = open_tab()
    tab.subscribe(session.id, after=0)
    await tab.hears("live", seq=60)
    await add(writer, 5)
    await tab.reaches(session.id, 65)
    assert tab.seqs[session.id] == list(range(1, 66))
    assert [len(frame["events"]) for frame in tab.of("events")][:8] == [7] * 8


async def test_who_joins_amid_writing_misses_nothing(
    open_tab: Open, session: AgentSession, log: Log, settings: LazySettings
) -> None:
    settings.PAGE_MAX_ROWS = 5
    tabs = []
    writer = await write(log, session, 20)
    writing = asyncio.create_task(add(writer, 150))
    for _ in range(8):
        tabs.append(open_tab())
        tabs[-1].subscribe(session.id, after=0)
        await tabs[-1].reaches(session.id, 20)
    await writing
    for tab in tabs:
        await tab.reaches(session.id, 170)
        assert tab.seqs[session.id] == list(range(1, 171))


async def test_who_comes_back_goes_on_where_he_was(
    open_tab: Open, session: AgentSession, log: Log
) -> None:
    writer = await write(log, session, 10)
    first = open_tab()
    first.subscribe(session.id, after=0)
    await first.reaches(session.id, 10)
    await first.leave()
    await add(writer, 10)
    second = open_tab()
    second.subscribe(session.id, after=10, epoch=session.epoch)
    await second.reaches(session.id, 20)
    assert second.seqs[session.id] == list(range(11, 21))
    assert second.of("reset") == []


async def test_a_tail_begins_with_its_turn(
    open_tab: Open, session: AgentSession, log: Log
) -> None:
    writer = await write(log, session, 10)
    await writer.append(TurnStart(turn=1, message_id="m1", model="m"))
    await add(writer, 10)
    tab = open_tab()
    tab.subscribe(session.id, tail=5)
    await tab.hears("live", seq=21)
    assert tab.seqs[session.id] == list(range(11, 22))


@pytest.mark.parametrize("tail", [0, -1, 2**70, 2**63])
async def test_any_tail_is_a_tail(
    open_tab: Open, session: AgentSession, log: Log, tail: int
) -> None:
    await write(log, session, 5)
    tab = open_tab()
    tab.subscribe(session.id, tail=tail)
    await tab.hears("live", seq=5)
    assert tab.seqs[session.id] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("fields", [{"after": 6}, {"after": 2**70}, {"epoch": "old"}])
async def test_a_cursor_of_another_log_is_void(
    open_tab: Open, session: AgentSession, log: Log, fields: dict[str, object]
) -> None:
    await write(log, session, 5)
    tab = open_tab()
    tab.subscribe(session.id, **fields)
    await tab.hears("live", seq=5)
    kinds = [frame["type"] for frame in tab.frames]
    assert kinds.index("subscribed") < kinds.index("reset") < kinds.index("events")
    assert tab.seqs[session.id] == [1, 2, 3, 4, 5]


async def test_a_log_restored_while_it_is_watched_begins_again(
    open_tab: Open, session: AgentSession, log: Log
) -> None:
    writer = await write(log, session, 10)
    tab = open_tab()
    tab.subscribe(session.id, after=0)
    await tab.hears("live", seq=10)

    def restore() -> None:
        Event.objects.filter(session=session, seq__gt=4).delete()
        change(session.id, head_seq=4, epoch="restored")

    await elsewhere(restore)
    await tab.hears("reset", session=session.id)
    await tab.reaches(session.id, 4)
    assert tab.seqs[session.id] == [1, 2, 3, 4]
    again = log.writer(session.id, session.lease, 4)
    await add(again, 3)
    await tab.reaches(session.id, 7)
    assert tab.seqs[session.id] == list(range(1, 8))
    assert writer.committed == 10


async def test_unsubscribing_ends_it_and_subscribing_begins_anew(
    open_tab: Open, session: AgentSession, log: Log
) -> None:
    writer = await write(log, session, 10)
    tab = open_tab()
    tab.subscribe(session.id, after=0)
    tab.say("unsubscribe", session=session.id)
    tab.subscribe(session.id, after=4)
    await until(lambda: len(tab.of("subscribed")) == 2)
    tab.cursors[session.id] = 4
    await tab.hears("live", seq=10)
    kinds = [frame["type"] for frame in tab.frames]
    assert kinds.index("unsubscribed") < len(kinds) - kinds[::-1].index("subscribed")
    tab.say("unsubscribe", session=session.id)
    await until(lambda: len(tab.of("unsubscribed")) == 2)
    before = len(tab.frames)
    await add(writer, 10)
    tab.say("ping")
    await tab.hears("pong")
    assert [frame["type"] for frame in tab.frames[before:]] == ["pong"]


async def test_subscribing_again_replaces_the_subscription(
    open_tab: Open, session: AgentSession, log: Log
) -> None:
    await write(log, session, 10)
    tab = open_tab()
    tab.subscribe(session.id, after=0)
    await tab.hears("live", seq=10)
    tab.cursors[session.id] = 7
    tab.say("subscribe", session=session.id, after=7)
    await until(lambda: len(tab.of("live")) == 2)
    assert tab.seqs[session.id] == [*range(1, 11), 8, 9, 10]


async def test_many_sessions_share_a_connection(
    open_tab: Open, session: AgentSession, other: AgentSession, log: Log
) -> None:
    tab = open_tab()
    for one in (session, other):
        tab.subscribe(one.id, after=0)
    await asyncio.gather(write(log, session, 40), write(log, other, 30))
    await tab.reaches(session.id, 40)
    await tab.reaches(other.id, 30)
    assert tab.seqs[session.id] == list(range(1, 41))
    assert tab.seqs[other.id] == list(range(1, 31))


async def test_unsubscribing_from_what_was_not_subscribed_is_answered(
    open_tab: Open,
) -> None:
    tab = open_tab()
    tab.say("unsubscribe", session="s_none")
    await tab.hears("unsubscribed", session="s_none")


# --- rights -------------------------------------------------------------------


@pytest.mark.parametrize("session_id", ["s_bobs", "s_nobodys", "s_none", "", "s_\0x"])
async def test_what_is_not_yours_is_not_there(
    open_tab: Open, session: AgentSession, session_id: str
) -> None:
    def make() -> None:
        held_session(id="s_bobs", owner=User.objects.create_user("bob"))
        held_session(id="s_nobodys")

    await elsewhere(make)
    tab = open_tab()
    tab.subscribe(session_id)
    tab.subscribe(session.id)  # the connection goes on
    await tab.hears("subscribed", session=session.id)
    error = await tab.hears("error", session=session_id)
    assert error["code"] == "not_found"
    assert tab.of("subscribed", session_id) == []


async def test_a_session_given_away_is_gone(
    open_tab: Open, session: AgentSession, log: Log
) -> None:
    writer = await write(log, session, 3)
    tab = open_tab()
    tab.subscribe(session.id, after=0)
    await tab.hears("live", seq=3)
    await elsewhere(change, session.id, owner=None)
    await tab.hears("error", session=session.id, code="not_found")
    await add(writer, 3)
    tab.say("ping")
    await tab.hears("pong")
    assert tab.seqs[session.id] == [1, 2, 3]


async def test_who_signs_out_loses_his_connections(
    open_tab: Open,
    session: AgentSession,
    signed_in: SessionBase,
    settings: LazySettings,
) -> None:
    settings.GUARD_INTERVAL_S = 0.02
    tab = open_tab()
    tab.subscribe(session.id)
    await tab.hears("live")
    await elsewhere(signed_in.flush)
    assert await tab.closes() == 4401


async def test_more_sessions_than_are_allowed_are_refused(
    open_tab: Open, session: AgentSession, other: AgentSession, settings: LazySettings
) -> None:
    settings.SUBSCRIPTIONS_MAX = 1
    tab = open_tab()
    tab.subscribe(session.id)
    await tab.hears("subscribed", session=session.id)
    tab.subscribe(other.id)
    assert (await tab.hears("error", session=other.id))["code"] == "too_many"
    tab.say("unsubscribe", session=session.id)
    tab.subscribe(other.id)
    await tab.hears("subscribed", session=other.id)


async def test_the_list_shows_ones_own_sessions(
    open_tab: Open, session: AgentSession
) -> None:
    def make() -> None:
        held_session(id="s_bobs", owner=User.objects.create_user("bob"))

    await elsewhere(make)
    tab = open_tab()
    tab.say("watch_sessions")
    await tab.hears("sessions")
    await elsewhere(change, session.id, title="renamed", updated_at=Now())
    await elsewhere(change, "s_bobs", title="hidden", updated_at=Now())
    await until(lambda: "renamed" in [row["title"] for row in listed(tab)])
    await elsewhere(held_session, id="s_new", owner_id=session.owner_id)
    await until(lambda: "s_new" in [row["id"] for row in listed(tab)])
    assert "s_bobs" not in [row["id"] for row in listed(tab)]


def listed(tab: Tab) -> list[dict[str, object]]:
    return [row for frame in tab.of("sessions") for row in frame["sessions"]]


# --- what a client may say ----------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"type":"nonsense"}',
        '{"type":"subscribe"}',
        '{"type":"subscribe","session":1}',
        '{"type":"ack"}',
        '{"type":"ack","frames":"1"}',
        '{"type":"ack","frames":1}',
        json.dumps({"type": "ping", "x": "x" * 20_000}),
        '{"type":' * 5000,
        '{"type":"ping","x":"\ud800"}',
    ],
    ids=lambda text: ascii(text[:40]),
)
async def test_what_is_not_of_the_protocol_ends_the_connection(
    open_tab: Open, text: str
) -> None:
    tab = open_tab()
    tab.send(text)
    assert await tab.closes() == 4400


async def test_binary_frames_end_the_connection(open_tab: Open) -> None:
    tab = open_tab()
    tab.send(None, b'{"type":"ping"}')
    assert await tab.closes() == 4400


async def test_one_ack_too_many_ends_the_connection(
    open_tab: Open, session: AgentSession, log: Log
) -> None:
    await write(log, session, 3)
    tab = open_tab()
    tab.acks = False
    tab.subscribe(session.id, after=0)
    await tab.reaches(session.id, 3)
    count = len(tab.of("events"))
    tab.ack(count)
    tab.ack(count)  # cumulative: the same again says nothing new
    tab.ack(0)
    tab.say("ping")
    await tab.hears("pong")
    tab.ack(count + 1)
    assert await tab.closes() == 4400


async def test_too_many_requests_at_once_end_the_connection(
    open_tab: Open, settings: LazySettings
) -> None:
    settings.SUBSCRIPTIONS_MAX = 3
    tab = open_tab()
    for _ in range(20):
        tab.subscribe("s_none")
    assert await tab.closes() == 4400


@pytest.mark.parametrize(
    ("type_", "fields"), [("ping", {}), ("ack", {"frames": 0})], ids=["pings", "acks"]
)
async def test_frames_that_only_cost_us_are_counted(
    open_tab: Open, settings: LazySettings, type_: str, fields: dict[str, int]
) -> None:
    settings.CLIENT_FRAMES_BURST = 5
    settings.CLIENT_FRAMES_PER_S = 0
    tab = open_tab()
    for _ in range(6):
        tab.say(type_, **fields)
    assert await tab.closes() == 4400


async def test_a_ping_is_answered(open_tab: Open) -> None:
    tab = open_tab()
    tab.say("ping")
    await tab.hears("pong")


# --- slow viewers -------------------------------------------------------------


async def test_who_never_acknowledges_is_sent_away(
    open_tab: Open, session: AgentSession, log: Log, settings: LazySettings
) -> None:
    settings.OUTBOX_MAX_FRAMES = 10
    settings.OUTBOX_PILE_S = 0.001
    tab, good = open_tab(), open_tab()
    tab.acks = False
    for one in (tab, good):
        one.subscribe(session.id, after=0)
        await one.hears("live")
    writer = await write(log, session, 1)
    for _ in range(60):
        if tab.code is not None:
            break
        await add(writer, 1)
        await good.reaches(session.id, writer.committed)
    assert await tab.closes() == 4408
    assert len(tab.of("events")) == 11
    assert good.code is None
    assert good.seqs[session.id] == list(range(1, writer.committed + 1))
    back = open_tab()
    back.subscribe(session.id, after=tab.cursors[session.id])
    await back.reaches(session.id, writer.committed)


async def test_what_is_too_old_sends_a_viewer_away(
    open_tab: Open, session: AgentSession, log: Log, settings: LazySettings
) -> None:
    settings.OUTBOX_MAX_AGE_S = 0.05
    tab = open_tab()
    tab.acks = False
    tab.subscribe(session.id, after=0)
    await write(log, session, 1)
    assert await tab.closes() == 4408


async def test_replay_waits_for_acks_and_never_sends_its_reader_away(
    open_tab: Open,
    session: AgentSession,
    other: AgentSession,
    log: Log,
    settings: LazySettings,
) -> None:
    settings.PAGE_MAX_ROWS = 4
    settings.PAGE_MAX_CHARS = 1000
    settings.OUTBOX_MAX_BYTES = 4000
    writer = log.writer(session.id, session.lease, 0)
    await add(writer, 100, size=200)
    tab = open_tab()
    tab.acks = False
    tab.subscribe(session.id, after=0)
    await until(lambda: len(tab.of("events")) >= 2)
    tab.subscribe(other.id, after=0)
    await tab.hears("live", session=other.id)
    await write(log, other, 1)  # a live frame still fits beside the replay
    await tab.reaches(other.id, 1)
    seen = len(tab.of("events"))
    tab.say("ping")
    await tab.hears("pong")
    assert len(tab.of("events")) == seen <= 5
    tab.acks = True
    tab.ack()
    await tab.reaches(session.id, 100)
    assert tab.seqs[session.id] == list(range(1, 101))
    assert tab.code is None


async def test_who_does_not_read_holds_up_nobody_and_nothing_grows(
    open_tab: Open, session: AgentSession, log: Log, settings: LazySettings
) -> None:
    settings.OUTBOX_MAX_AGE_S = 0.5
    stuck, good = open_tab(), open_tab()
    for one in (stuck, good):
        one.subscribe(session.id, after=0)
        await one.hears("live")
    stuck.reads.clear()
    writer = await write(log, session, 300)
    await good.reaches(session.id, 300)
    assert await stuck.closes() == 4408
    assert writer.committed == 300


async def test_who_asks_and_does_not_read_is_sent_away(
    open_tab: Open, settings: LazySettings
) -> None:
    settings.CONTROL_MAX_FRAMES = 20
    tab = open_tab()
    tab.reads.clear()
    for _ in range(50):
        tab.say("ping")
    assert await tab.closes() == 4408


async def test_a_busy_viewer_gets_fewer_and_larger_frames(
    open_tab: Open, session: AgentSession, log: Log, settings: LazySettings
) -> None:
    settings.OUTBOX_PILE_S = 0.2
    tab = open_tab()
    tab.acks = False
    tab.subscribe(session.id, after=0)
    await tab.hears("live")
    writer = await write(log, session, 1)
    for _ in range(30):
        await add(writer, 1)
        await ticks()
    await tab.reaches(session.id, 31)
    assert len(tab.of("events")) < 20
    assert tab.seqs[session.id] == list(range(1, 32))


async def test_replay_goes_on_when_a_reader_reads_again(
    open_tab: Open, session: AgentSession, log: Log, settings: LazySettings
) -> None:
    settings.PAGE_MAX_ROWS = 3
    await write(log, session, 30)
    tab = open_tab()
    tab.reads.clear()
    tab.subscribe(session.id, after=0)
    tab.say("ping")
    await ticks(50)
    tab.reads.set()
    await tab.reaches(session.id, 30)
    assert tab.seqs[session.id] == list(range(1, 31))
