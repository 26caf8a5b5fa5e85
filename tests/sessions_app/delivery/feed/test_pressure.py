import time
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.db.models.functions import Now
from hypothesis import given
from hypothesis import strategies as st

from sessions_app.delivery.feed.feed import Feed
from sessions_app.delivery.feed.pressure import Pressure
from sessions_app.delivery.feed.throttle import delays, hold
from sessions_app.models import AgentSession, Throttle
from tests.sessions_app.delivery.feed.test_feed import (
    Runner,
    add,
    feed,
    has_all,
    runner,
    session,
)
from tests.sessions_app.delivery.follower import follow
from tests.sessions_app.logbook import elsewhere, held_session, until

__all__ = ["feed", "runner", "session"]  # fixtures
pytestmark = [pytest.mark.conformance, pytest.mark.usefixtures("transactional_db")]
HIGH, LOW = 256, 32  # batches
LATE_S, IN_TIME_S = 0.5, 0.1


@given(
    st.lists(
        st.tuples(
            st.dictionaries(st.sampled_from("abc"), st.integers(0, 9)),
            st.sampled_from([0, LOW - 1, LOW, HIGH, HIGH + 1]),
            st.sampled_from([0.0, IN_TIME_S, LATE_S, LATE_S + 0.1]),
        )
    )
)
def test_sessions_are_slowed_above_the_high_mark_until_all_is_below_the_low(
    looks: list[tuple[dict[str, int], int, float]],
) -> None:
    pressure = Pressure()
    slowed: set[str] = set()
    for batches, waiting, lag in looks:
        pressure.weigh(batches, waiting, lag)
        busy = {id_: count for id_, count in batches.items() if count}
        if waiting > HIGH or lag > LATE_S:
            for id_, count in busy.items():
                if count * len(busy) >= sum(busy.values()):
                    slowed.add(id_)
        elif waiting < LOW and lag < IN_TIME_S:
            slowed.clear()
        assert pressure.pressing == slowed


async def test_a_feed_that_is_late_slows_down_who_presses_and_lets_go_again(
    feed: Feed, runner: Runner, session: AgentSession, settings: LazySettings
) -> None:
    settings.PRESSURE_INTERVAL_S = 0.05
    quiet = await elsewhere(held_session, id="s_quiet")
    both = [session.id, quiet.id]
    writer = runner.writer(session)
    follower, other = await follow(feed, session), await follow(feed, quiet)

    async def press() -> dict[str, int]:
        await add(writer, 1)
        await has_all(follower, writer)
        time.sleep(LATE_S + 0.1)  # noqa: ASYNC251 the loop's standing still is the fault
        await add(writer, 1)
        return await elsewhere(delays, both)

    assert await until(press) == {session.id: settings.THROTTLE_DELAY_MS}

    async def let_go() -> bool:
        return not await elsewhere(Throttle.objects.exists)

    await until(let_go)
    await elsewhere(session.delete)
    other.leave()
    assert feed.is_alive


def test_a_throttle_is_the_sources_own_and_the_largest_counts(
    settings: LazySettings,
) -> None:
    one, two = held_session(), held_session()
    hold("a", [one.id, two.id])
    settings.THROTTLE_DELAY_MS *= 3
    hold("b", [one.id])
    large, small = settings.THROTTLE_DELAY_MS, settings.THROTTLE_DELAY_MS // 3
    assert delays([one.id, two.id]) == {one.id: large, two.id: small}
    hold("b", [])
    assert delays([one.id, two.id]) == {one.id: small, two.id: small}
    assert delays([two.id]) == {two.id: small}


def test_a_dead_server_holds_nobody(settings: LazySettings) -> None:
    session = held_session()
    hold("dead", [session.id])
    still = timedelta(seconds=settings.THROTTLE_TTL_S)
    assert Throttle.objects.filter(expires_at__lte=Now() + still).exists()
    Throttle.objects.update(expires_at=Now())
    assert delays([session.id]) == {}
    hold("dead", [session.id])  # it was slow, and renews it
    assert delays([session.id])


def test_throttles_of_dead_servers_are_not_kept_for_ever() -> None:
    session = held_session()
    hold("dead", [session.id])
    Throttle.objects.update(expires_at=Now() - timedelta(days=2))
    hold("alive", [])
    assert not Throttle.objects.exists()


def test_a_session_that_is_gone_is_not_held() -> None:
    left, gone = held_session(), held_session()
    AgentSession.objects.filter(id=gone.id).delete()
    hold("a", [gone.id, left.id])
    assert delays([gone.id, left.id]).keys() == {left.id}
