import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import redis.asyncio
from django.conf import LazySettings
from django.conf import settings as configured
from django.db import connection

from sessions_app.delivery.feed.feed import Feed
from sessions_app.log.batch import Batch
from sessions_app.log.layer import Layer, group_of
from sessions_app.log.log import Log, Writer
from sessions_app.log.publisher import Publisher
from sessions_app.models import AgentSession, Event
from tests.sessions_app.delivery.follower import Follower, follow
from tests.sessions_app.logbook import (
    change,
    delta,
    elsewhere,
    held_session,
    stored,
    ticks,
    until,
)

pytestmark = [
    pytest.mark.conformance,
    pytest.mark.layer,
    pytest.mark.usefixtures("transactional_db"),
]


@pytest.fixture(autouse=True)
def _quick(settings: LazySettings) -> None:
    settings.HEAD_CHECK_INTERVAL_S = 0.1


@pytest.fixture
def session(transactional_db: None) -> AgentSession:
    return held_session(id="s_one")


@pytest.fixture
async def feed(transactional_db: None) -> AsyncIterator[Feed]:
    feed = Feed()
    yield feed
    await feed.close()


Publish = Callable[[Batch], None]


class Runner:
    """A runner's half of the way; `lose` decides what never reaches the layer."""

    def __init__(self) -> None:
        self.lose: Callable[[Batch], bool] = lambda batch: False
        self.stack = AsyncExitStack()

    async def open(self) -> None:
        enter = self.stack.enter_async_context
        self.publisher = await enter(Publisher(Layer()))
        self.log = await enter(Log(self._publish, self._announce))

    def writer(self, session: AgentSession) -> Writer:
        return self.log.writer(session.id, session.lease, session.head_seq)

    def _publish(self, batch: Batch) -> None:
        if not self.lose(batch):
            self.publisher.offer(batch)

    def _announce(self, batch: Batch) -> None:
        if not self.lose(batch):
            self.publisher.announce(batch)


@pytest.fixture
async def runner(feed: Feed) -> AsyncIterator[Runner]:
    runner = Runner()
    await runner.open()
    yield runner
    await runner.stack.aclose()


async def add(writer: Writer, count: int) -> None:
    for number in range(count):
        await writer.append(delta("x", number))
        await writer.flush()


async def has_all(follower: Follower, writer: Writer) -> None:
    await until(lambda: follower.viewer.cursor == writer.committed)
    rows = await elsewhere(stored, follower.head.session_id)
    assert ",".join(follower.shown) == ",".join(data for _, data in rows)


def shared() -> bool:
    """Tell whether a layer brings what another process has written."""
    return Layer().is_shared


# --- what is committed arrives ------------------------------------------------


async def test_all_viewers_get_the_log(
    feed: Feed, runner: Runner, session: AgentSession
) -> None:
    writer = runner.writer(session)
    await add(writer, 5)
    followers = [await follow(feed, session, cursor) for cursor in (0, 0, 3, 5)]
    await add(writer, 30)
    for follower in followers[:2]:
        await has_all(follower, writer)
    await until(lambda: followers[3].viewer.cursor == 35)
    assert len(",".join(followers[2].shown)) > len(",".join(followers[3].shown))


@pytest.mark.parametrize("kept", [0, 2, 3, 7])
async def test_what_the_layer_loses_is_healed(
    feed: Feed, runner: Runner, session: AgentSession, kept: int
) -> None:
    runner.lose = lambda batch: not kept or batch.up_to % kept != 0
    follower = await follow(feed, session)
    writer = runner.writer(session)
    await add(writer, 25)
    await has_all(follower, writer)


async def test_a_lost_last_batch_is_healed_within_the_head_check_interval(
    feed: Feed, runner: Runner, session: AgentSession, settings: LazySettings
) -> None:
    settings.HEAD_CHECK_INTERVAL_S = 0.4
    follower = await follow(feed, session)
    writer = runner.writer(session)
    await add(writer, 3)
    await has_all(follower, writer)
    runner.lose = lambda batch: True
    await add(writer, 1)
    began = asyncio.get_running_loop().time()
    await has_all(follower, writer)
    busy_s = 5.0
    assert asyncio.get_running_loop().time() - began < 0.4 + busy_s


async def test_many_pages_that_were_missed_are_healed(
    feed: Feed, runner: Runner, session: AgentSession, settings: LazySettings
) -> None:
    settings.PAGE_MAX_ROWS = 3
    settings.RECENT_MAX_CHARS = 400
    runner.lose = lambda batch: batch.up_to < 100
    follower = await follow(feed, session)
    writer = runner.writer(session)
    await writer.append(*[delta("x", n) for n in range(90)])
    await writer.flush()
    await add(writer, 11)
    await has_all(follower, writer)
    late = await follow(feed, session)
    await has_all(late, writer)


async def test_a_large_batch_travels_as_a_notice(
    feed: Feed, runner: Runner, session: AgentSession, settings: LazySettings
) -> None:
    settings.LAYER_MESSAGE_MAX_CHARS = 100
    settings.HEAD_CHECK_INTERVAL_S = 60 if shared() else 0.1
    follower = await follow(feed, session)
    await joined(feed, session)
    writer = runner.writer(session)
    await writer.append(delta("x" * 200))
    await writer.flush()
    await has_all(follower, writer)


async def joined(feed: Feed, session: AgentSession) -> None:
    """Wait until the layer brings the session's batches."""
    if shared():
        await until(lambda: subscribers(session.id))


def local_subscribers(session_id: str) -> int:
    layer: Any = configured.CHANNEL_LAYERS["default"]
    groups = Path(layer["CONFIG"]["directory"]) / "groups"
    return len(list(groups.glob(f"{group_of(session_id)}/*")))


async def subscribers(session_id: str) -> int:
    """Ask the layer itself how many listen to a session."""
    if Layer().is_local:
        return local_subscribers(session_id)
    client = redis.asyncio.from_url(os.environ["REDIS_URL"])
    async with client:
        name = f"{os.environ.get('REDIS_PREFIX', 'ringside')}__group__"
        ((_, count),) = await client.pubsub_numsub(name + group_of(session_id))
        return int(count)


async def test_what_is_new_comes_by_the_layer_without_a_look_at_the_log(
    feed: Feed, runner: Runner, session: AgentSession, settings: LazySettings
) -> None:
    if not shared():
        pytest.skip("there is no shared layer here")
    for name in (
        "HEAD_CHECK_INTERVAL_S", "TAIL_INTERVAL_S", "TAIL_BUSY_INTERVAL_S",
        "TAIL_RELAXED_INTERVAL_S", "TAIL_QUERY_INTERVAL_S",
    ):  # fmt: skip
        setattr(settings, name, 3600.0)
    follower = await follow(feed, session)
    await joined(feed, session)
    writer = runner.writer(session)
    await add(writer, 20)
    await has_all(follower, writer)


async def test_a_busy_log_is_not_taken_for_another(
    feed: Feed, runner: Runner, session: AgentSession, settings: LazySettings
) -> None:
    settings.HEAD_CHECK_INTERVAL_S = 0.005
    follower = await follow(feed, session)
    writer = runner.writer(session)
    await add(writer, 200)
    await has_all(follower, writer)
    assert follower.resets == 0


# --- another log --------------------------------------------------------------


@pytest.mark.parametrize("epoch", ["same", "new"])
async def test_a_log_that_was_restored_begins_again(
    feed: Feed, runner: Runner, session: AgentSession, epoch: str
) -> None:
    writer = runner.writer(session)
    # What the layer brings late may pass for the new log's, until the next look.
    runner.lose = lambda batch: True
    await add(writer, 10)
    follower = await follow(feed, session)
    await has_all(follower, writer)
    runner.lose = lambda batch: False

    def restore() -> None:
        Event.objects.filter(session=session, seq__gt=4).delete()
        change(session.id, head_seq=4, **({} if epoch == "same" else {"epoch": "new"}))

    await elsewhere(restore)
    await until(lambda: follower.resets)
    again = runner.log.writer(session.id, session.lease, 4)
    await add(again, 3)
    await has_all(follower, again)
    assert follower.resets == 1


async def test_who_is_gone_is_lost(
    feed: Feed, runner: Runner, session: AgentSession
) -> None:
    follower = await follow(feed, session)
    await elsewhere(AgentSession.objects.all().delete)
    await until(lambda: follower.is_lost)


# --- what it costs, and what it survives --------------------------------------


async def test_viewers_that_want_one_page_share_the_query(
    feed: Feed, session: AgentSession
) -> None:
    first, second, third = (
        asyncio.create_task(feed.page(session.id, after)) for after in (0, 0, 1)
    )
    await ticks(2)
    first.cancel()  # one who leaves does not take the page from the other
    page, other = await asyncio.gather(second, third)
    assert (page.batch.after, other.batch.after) == (0, 1)
    pages = await asyncio.gather(*(feed.page(session.id, 0) for _ in range(5)))
    assert len({id(page) for page in pages}) == 1
    assert await feed.page(session.id, 0) is not pages[0]


async def test_the_last_viewer_leaves_the_layers_group(
    feed: Feed, session: AgentSession
) -> None:
    if not shared():
        pytest.skip("there is no shared layer here")
    first, second = await follow(feed, session), await follow(feed, session)
    await until(lambda: subscribers(session.id))
    first.leave()
    await ticks()
    assert await subscribers(session.id) == 1
    second.leave()
    await until(lambda: is_nobody(session.id))
    third = await follow(feed, session)
    await until(lambda: subscribers(session.id))
    third.leave()
    fourth = await follow(feed, session)  # at once: the leave is still on its way
    await until(lambda: is_quiet(feed))
    assert await subscribers(session.id) == 1
    fourth.leave()


async def is_nobody(session_id: str) -> bool:
    return await subscribers(session_id) == 0


def is_quiet(feed: Feed) -> bool:
    names = {task.get_coro().__name__ for task in feed._tasks}  # type: ignore[union-attr]  # they are of coroutines
    return not names & {"_join", "_leave"}


async def test_who_leaves_hears_no_more(
    feed: Feed, runner: Runner, session: AgentSession
) -> None:
    first, second = await follow(feed, session), await follow(feed, session)
    writer = runner.writer(session)
    await add(writer, 2)
    await has_all(first, writer)
    first.leave()
    first.leave()
    await add(writer, 2)
    await has_all(second, writer)
    assert first.viewer.cursor == 2


async def test_a_schema_that_is_half_restored_stops_nobody_for_good(
    feed: Feed, runner: Runner, session: AgentSession
) -> None:
    follower = await follow(feed, session)
    writer = runner.writer(session)
    await add(writer, 2)
    await has_all(follower, writer)

    def rename(old: str, new: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {old} RENAME TO {new}")

    name = "sessions_app_agentsession"
    await elsewhere(rename, name, "away")
    try:
        await asyncio.sleep(0.2)  # several looks
    finally:
        await elsewhere(rename, "away", name)
    runner.lose = lambda batch: True
    await add(writer, 2)
    await has_all(follower, writer)


@pytest.mark.parametrize("turns", range(0, 40, 3))
async def test_a_feed_ends_at_any_moment(session: AgentSession, turns: int) -> None:
    feed = Feed()
    follower = await follow(feed, session)
    await ticks(turns)
    if turns % 2:
        follower.leave()
    async with asyncio.timeout(5):
        await feed.close()
