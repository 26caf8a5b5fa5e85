import asyncio

import pytest
from django.conf import LazySettings

from sessions_app.log.log import Log
from sessions_app.models import AgentSession, Event
from sessions_app.protocol.events import TurnStart
from tests.sessions_app.logbook import (
    append_deltas,
    append_more,
    change,
    elsewhere,
    until,
)
from tests.sessions_app.tab import Open

pytestmark = [
    pytest.mark.conformance,
    pytest.mark.layer,
    pytest.mark.usefixtures("transactional_db"),
]


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
    await append_deltas(log, session, 50)
    await tab.reaches(session.id, 50)
    assert tab.seqs[session.id] == list(range(1, 51))


async def test_late_joiner_sees_the_whole_log(
    open_tab: Open, session: AgentSession, log: Log, settings: LazySettings
) -> None:
    settings.PAGE_MAX_ROWS = 7
    writer = await append_deltas(log, session, 60)
    tab = open_tab()
    tab.subscribe(session.id, after=0)
    await tab.hears("live", seq=60)
    await append_more(writer, 5)
    await tab.reaches(session.id, 65)
    assert tab.seqs[session.id] == list(range(1, 66))
    assert [len(frame["events"]) for frame in tab.of("events")][:8] == [7] * 8


async def test_who_joins_amid_writing_misses_nothing(
    open_tab: Open, session: AgentSession, log: Log, settings: LazySettings
) -> None:
    settings.PAGE_MAX_ROWS = 5
    tabs = []
    writer = await append_deltas(log, session, 20)
    writing = asyncio.create_task(append_more(writer, 150))
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
    writer = await append_deltas(log, session, 10)
    first = open_tab()
    first.subscribe(session.id, after=0)
    await first.reaches(session.id, 10)
    await first.leave()
    await append_more(writer, 10)
    second = open_tab()
    second.subscribe(session.id, after=10, epoch=session.epoch)
    await second.reaches(session.id, 20)
    assert second.seqs[session.id] == list(range(11, 21))
    assert second.of("reset") == []


async def test_a_tail_begins_with_its_turn(
    open_tab: Open, session: AgentSession, log: Log
) -> None:
    writer = await append_deltas(log, session, 10)
    await writer.append(TurnStart(turn=1, message_id="m1", model="m"))
    await append_more(writer, 10)
    tab = open_tab()
    tab.subscribe(session.id, tail=5)
    await tab.hears("live", seq=21)
    assert tab.seqs[session.id] == list(range(11, 22))


@pytest.mark.parametrize("tail", [0, -1, 2**70, 2**63])
async def test_any_tail_is_a_tail(
    open_tab: Open, session: AgentSession, log: Log, tail: int
) -> None:
    await append_deltas(log, session, 5)
    tab = open_tab()
    tab.subscribe(session.id, tail=tail)
    await tab.hears("live", seq=5)
    assert tab.seqs[session.id] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("fields", [{"after": 6}, {"after": 2**70}, {"epoch": "old"}])
async def test_a_cursor_of_another_log_is_void(
    open_tab: Open, session: AgentSession, log: Log, fields: dict[str, object]
) -> None:
    await append_deltas(log, session, 5)
    tab = open_tab()
    tab.subscribe(session.id, **fields)
    await tab.hears("live", seq=5)
    kinds = [frame["type"] for frame in tab.frames]
    assert kinds.index("subscribed") < kinds.index("reset") < kinds.index("events")
    assert tab.seqs[session.id] == [1, 2, 3, 4, 5]


async def test_a_log_restored_while_it_is_watched_begins_again(
    open_tab: Open, session: AgentSession, log: Log
) -> None:
    writer = await append_deltas(log, session, 10)
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
    await append_more(again, 3)
    await tab.reaches(session.id, 7)
    assert tab.seqs[session.id] == list(range(1, 8))
    assert writer.committed == 10


async def test_unsubscribing_ends_it_and_subscribing_begins_anew(
    open_tab: Open, session: AgentSession, log: Log
) -> None:
    writer = await append_deltas(log, session, 10)
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
    await append_more(writer, 10)
    tab.say("ping")
    await tab.hears("pong")
    assert [frame["type"] for frame in tab.frames[before:]] == ["pong"]


async def test_subscribing_again_replaces_the_subscription(
    open_tab: Open, session: AgentSession, log: Log
) -> None:
    await append_deltas(log, session, 10)
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
    await asyncio.gather(append_deltas(log, session, 40), append_deltas(log, other, 30))
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
