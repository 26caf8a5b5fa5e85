import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.contrib.sessions.backends.base import SessionBase
from django.db.models.functions import Now

from sessions_app.log.log import Log
from sessions_app.models import AgentSession
from tests.sessions_app.logbook import (
    append_deltas,
    append_more,
    change,
    elsewhere,
    held_session,
    until,
)
from tests.sessions_app.tab import Open, Tab

pytestmark = [
    pytest.mark.conformance,
    pytest.mark.layer,
    pytest.mark.usefixtures("transactional_db"),
]


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
    writer = await append_deltas(log, session, 3)
    tab = open_tab()
    tab.subscribe(session.id, after=0)
    await tab.hears("live", seq=3)
    await elsewhere(change, session.id, owner=None)
    await tab.hears("error", session=session.id, code="not_found")
    await append_more(writer, 3)
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
