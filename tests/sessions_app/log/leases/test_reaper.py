import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import psycopg
import pytest
from django.conf import LazySettings
from django.db import connection, connections

from sessions_app.log.batch import Batch
from sessions_app.log.database.reader import Reader
from sessions_app.log.leases.lease import heartbeat
from sessions_app.log.leases.process_identity import Lease
from sessions_app.log.leases.reaper import Reaper
from sessions_app.log.log import Log
from sessions_app.models import AgentSession, Command, WebProcess
from sessions_app.operations.presence import Presence
from tests.sessions_app.logbook import (
    change,
    elsewhere,
    held_session,
    held_up,
    row,
    stored,
    until,
)

pytestmark = [pytest.mark.conformance, pytest.mark.usefixtures("transactional_db")]
ELSEWHERE = "elsewhere/space/7/1234/abc"


@pytest.fixture(autouse=True)
def _quick(settings: LazySettings) -> None:
    settings.HEARTBEAT_INTERVAL_S = 0.3
    settings.LEASE_TIMEOUT_S = 1.0
    settings.REAP_INTERVAL_S = 0.02
    connections.close_all()  # this thread's, so that an outage does not break it


def killed() -> str:
    """A lease of a process of this host that is gone."""
    mine = Lease.new()
    return str(Lease(mine.host, mine.space, mine.pid, 1, "killed"))


def silent(**fields: object) -> AgentSession:
    """A session whose holder, on another host, sends no heartbeats."""
    return held_session(**{"lease": ELSEWHERE} | fields)


@asynccontextmanager
async def reaping(published: list[Batch] | None = None) -> AsyncIterator[None]:
    """Run a reaper; it lives to the end."""
    publish = (lambda _: None) if published is None else published.append
    reader = Reader(2)
    presence = Presence(WebProcess, reader)
    await presence.beat(viewers={}, link_viewers={})
    async with Log(publish) as log:
        task = asyncio.create_task(Reaper(log, reader, presence.touch).run())
        try:
            yield
            assert not task.done(), task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await reader.close()


async def freed(session_id: str) -> AgentSession:
    """Wait until nobody holds the session."""
    await until(lambda: elsewhere(lambda: row(session_id).lease == ""))
    return await elsewhere(row, session_id)


async def last_event(session_id: str) -> dict[str, object]:
    rows = await elsewhere(stored, session_id)
    event: dict[str, object] = json.loads(rows[-1][1])
    return event


@pytest.mark.parametrize("make", [silent, killed], ids=["silent", "killed"])
async def test_a_session_whose_runner_is_gone_says_so(make: object) -> None:
    session = await elsewhere(
        lambda: silent() if make is silent else held_session(lease=killed())
    )
    published: list[Batch] = []
    async with reaping(published):
        after = await freed(session.id)
    assert after.status == "interrupted"
    event = await last_event(session.id)
    assert (event["type"], event["status"]) == ("status", "interrupted")
    holder = Lease.parse(session.lease)
    assert event["detail"] == (
        f"its runner on {holder.host} (process {holder.pid}) is gone"
    )
    assert [(b.session_id, b.after, b.up_to) for b in published] == [(session.id, 0, 1)]
    assert after.head_seq == 1


async def test_what_people_have_said_queues_a_dead_runners_session() -> None:
    session = await elsewhere(silent)

    def ask() -> None:
        Command.objects.create(session=session, key="1", type="prompt", data="{}")

    await elsewhere(ask)
    async with reaping():
        assert (await freed(session.id)).status == "queued"
    assert (await last_event(session.id))["status"] == "queued"


async def test_a_program_that_no_queue_runner_starts_is_not_queued() -> None:
    session = await elsewhere(lambda: silent(engine="exec"))

    def ask() -> None:
        Command.objects.create(session=session, key="1", type="prompt", data="{}")

    await elsewhere(ask)
    async with reaping():
        assert (await freed(session.id)).status == "interrupted"


async def test_a_session_that_had_not_begun_is_queued_again() -> None:
    session = await elsewhere(lambda: silent(status="queued"))
    async with reaping():
        assert (await freed(session.id)).status == "queued"


@pytest.mark.parametrize("status", ["completed", "failed", "cancelled", "idle"])
async def test_a_session_that_had_ended_stays_as_it_is(status: str) -> None:
    session = await elsewhere(lambda: silent(status=status))
    async with reaping():
        assert (await freed(session.id)).status == status
    assert await elsewhere(stored, session.id) == []


async def test_the_living_are_left_alone() -> None:
    mine = await elsewhere(held_session)
    far = await elsewhere(lambda: held_session(lease=ELSEWHERE))
    decoy = await elsewhere(silent)
    async with reaping():
        for session in (mine, far):
            await elsewhere(heartbeat, {session.id: session.lease})
        await until(lambda: alive_until_freed(decoy, mine, far))
    assert (await elsewhere(row, mine.id)).lease == mine.lease
    assert (await elsewhere(row, far.id)).lease == far.lease


async def alive_until_freed(decoy: AgentSession, *living: AgentSession) -> bool:
    """Beat the hearts of the living; tell whether the dead one was found."""
    for session in living:
        await elsewhere(heartbeat, {session.id: session.lease})
    return (await elsewhere(row, decoy.id)).lease == ""


@asynccontextmanager
async def no_database() -> AsyncIterator[None]:
    """Take PostgreSQL's database away for all."""
    where = connection.settings_dict
    name = psycopg.sql.Identifier(where["NAME"])
    admin = await psycopg.AsyncConnection.connect(
        host=where["HOST"],
        port=where["PORT"] or None,
        user=where["USER"],
        password=where["PASSWORD"] or None,
        dbname="postgres",
        autocommit=True,
    )
    allow = psycopg.sql.SQL("ALTER DATABASE {} WITH ALLOW_CONNECTIONS {}")
    async with admin:
        await admin.execute(allow.format(name, psycopg.sql.SQL("false")))
        await admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
            [where["NAME"]],
        )
        try:
            yield
        finally:
            await admin.execute(allow.format(name, psycopg.sql.SQL("true")))


@asynccontextmanager
async def no_writes() -> AsyncIterator[None]:
    with held_up():
        yield


@pytest.mark.parametrize("outage", [no_writes, no_database])
async def test_after_an_outage_nobody_is_dead_for_not_having_written(
    outage: Callable[[], AbstractAsyncContextManager[None]], settings: LazySettings
) -> None:
    if outage is no_database and connection.vendor != "postgresql":
        pytest.skip("a file does not go away")
    # Long enough for a runner of a busy machine to find out, too.
    settings.HEARTBEAT_INTERVAL_S = 1.0
    settings.LEASE_TIMEOUT_S = 1.5  # less than the outage lasts
    now = asyncio.get_running_loop().time
    decoy, living = await elsewhere(silent), await elsewhere(held_session)
    await elsewhere(change, living.id, lease=ELSEWHERE)
    living.lease = ELSEWHERE
    async with reaping():
        await until(lambda: alive_until_freed(decoy, living))  # it judges now
        began = now()
        async with outage():
            await until(lambda: now() - began > 2.2)
        await asyncio.sleep(0.2)
        assert (await elsewhere(row, living.id)).lease == ELSEWHERE
        second = await elsewhere(silent)
        await until(lambda: alive_until_freed(second, living))
    assert (await elsewhere(row, living.id)).lease == ELSEWHERE
    assert (await elsewhere(row, living.id)).status == "running"


async def test_a_reaper_that_has_just_begun_does_not_judge(
    settings: LazySettings,
) -> None:
    settings.HEARTBEAT_INTERVAL_S = 60
    session = await elsewhere(lambda: held_session(lease=killed()))
    began = os.times().elapsed
    async with reaping():
        await until(lambda: os.times().elapsed - began > 0.2)
    assert (await elsewhere(row, session.id)).lease == session.lease
