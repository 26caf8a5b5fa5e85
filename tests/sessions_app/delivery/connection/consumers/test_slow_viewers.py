import pytest
from django.conf import LazySettings

from sessions_app.log.log import Log
from sessions_app.models import AgentSession
from tests.sessions_app.logbook import (
    append_deltas,
    append_more,
    ticks,
    until,
)
from tests.sessions_app.tab import Open

pytestmark = [
    pytest.mark.conformance,
    pytest.mark.layer,
    pytest.mark.usefixtures("transactional_db"),
]


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
    writer = await append_deltas(log, session, 1)
    for _ in range(60):
        if tab.code is not None:
            break
        await append_more(writer, 1)
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
    await append_deltas(log, session, 1)
    assert await tab.closes() == 4408


async def test_what_waits_for_its_time_puts_off_nothing_that_is_too_old(
    open_tab: Open, session: AgentSession, log: Log, settings: LazySettings
) -> None:
    settings.OUTBOX_EAGER_FRAMES = 1
    settings.OUTBOX_PILE_S = 1000
    settings.OUTBOX_MAX_AGE_S = 0.2
    tab = open_tab()
    tab.acks = False
    tab.subscribe(session.id, after=0)
    await tab.hears("live")
    writer = await append_deltas(log, session, 1)
    await tab.reaches(session.id, 1)
    await append_more(writer, 1)
    tab.ack()  # so what comes next is younger than the timer that was set
    await tab.reaches(session.id, 2)
    await append_more(writer, 1)
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
    await append_more(writer, 100, size=200)
    tab = open_tab()
    tab.acks = False
    tab.subscribe(session.id, after=0)
    await until(lambda: len(tab.of("events")) >= 2)
    tab.subscribe(other.id, after=0)
    await tab.hears("live", session=other.id)
    await append_deltas(log, other, 1)  # a live frame still fits beside the replay
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
    writer = await append_deltas(log, session, 300)
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
    writer = await append_deltas(log, session, 1)
    for _ in range(30):
        await append_more(writer, 1)
        await ticks()
    await tab.reaches(session.id, 31)
    assert len(tab.of("events")) < 20
    assert tab.seqs[session.id] == list(range(1, 32))


async def test_replay_goes_on_when_a_reader_reads_again(
    open_tab: Open, session: AgentSession, log: Log, settings: LazySettings
) -> None:
    settings.PAGE_MAX_ROWS = 3
    await append_deltas(log, session, 30)
    tab = open_tab()
    tab.reads.clear()
    tab.subscribe(session.id, after=0)
    tab.say("ping")
    await ticks(50)
    tab.reads.set()
    await tab.reaches(session.id, 30)
    assert tab.seqs[session.id] == list(range(1, 31))
