"""What comes thick gathers before it leaves; what comes alone does not."""

from collections.abc import AsyncIterator

import pytest
from django.conf import LazySettings

from sessions_app.delivery.feed.feed import Feed
from sessions_app.delivery.feed.recent import Recent
from sessions_app.log.batch import Batch
from sessions_app.log.head import read_heads
from sessions_app.log.log import Log, Writer
from sessions_app.models import AgentSession
from tests.sessions_app.logbook import delta, elsewhere, held_session, until

pytestmark = [pytest.mark.conformance, pytest.mark.usefixtures("transactional_db")]
LONG_S = 0.3  # longer than what is appended between two waits takes
FOR_EVER_S = 3600.0


@pytest.fixture
def session(transactional_db: None) -> AgentSession:
    return held_session(id="s_one")


@pytest.fixture
def published() -> list[Batch]:
    return []


@pytest.fixture
async def writer(
    session: AgentSession, published: list[Batch]
) -> AsyncIterator[Writer]:
    async with Log(published.append) as log:
        yield log.writer(session.id, session.lease, session.head_seq)


class Counting:
    """Counts how often it is told that there may be something new."""

    def __init__(self) -> None:
        self.told = 0

    def advance(self) -> None:
        self.told += 1

    def lose(self) -> None:
        raise AssertionError("the session is there")

    def reset(self, recent: Recent) -> None:
        raise AssertionError("the log is the same")


def any_log_is_busy(settings: LazySettings) -> None:
    settings.LOG_CALM_EVENTS_PER_S, settings.LOG_BUSY_EVENTS_PER_S = 0, 1
    settings.LOG_GATHER_MAX_S = LONG_S


def gather_fan_outs(settings: LazySettings, seconds: float) -> None:
    settings.FAN_OUT_GATHER_S = settings.FAN_OUT_GATHER_MAX_S = seconds


async def test_what_comes_while_a_log_is_busy_leaves_with_one_commit(
    writer: Writer, published: list[Batch], settings: LazySettings
) -> None:
    any_log_is_busy(settings)
    await writer.append(delta("a"), delta("b", 1))
    await writer.flush()
    for offset, word in enumerate("cde", 2):
        await writer.append(delta(word, offset))
        await elsewhere(lambda: None)  # time enough for a commit
    await writer.flush()
    assert [batch.count for batch in published] == [2, 3]


async def test_one_event_after_another_waits_for_no_others(
    writer: Writer, published: list[Batch], settings: LazySettings
) -> None:
    settings.LOG_GATHER_MAX_S = FOR_EVER_S
    for offset, word in enumerate("abc"):
        await writer.append(delta(word, offset))
        await writer.flush()
    assert [batch.count for batch in published] == [1, 1, 1]


@pytest.mark.layer
async def test_what_follows_a_fan_out_to_many_leaves_as_one(
    session: AgentSession, writer: Writer, settings: LazySettings
) -> None:
    feed, viewer = Feed(), Counting()
    (head,) = await elsewhere(read_heads, [session.id])
    recent = feed.watch(head, viewer)
    gather_fan_outs(settings, LONG_S)
    await writer.append(delta("a"))
    await until(lambda: viewer.told)
    for offset, word in enumerate("bcd", 1):
        await writer.append(delta(word, offset))
        await writer.flush()
    await until(lambda: recent.head == writer.head and viewer.told > 1)
    assert viewer.told == 2
    await feed.close()
