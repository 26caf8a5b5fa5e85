from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from sessions_app.log.database.reader import Reader
from sessions_app.log.leases.process_identity import Lease
from sessions_app.models import RunnerProcess, WebProcess
from sessions_app.operations.presence import Presence, present
from sessions_app.operations.viewer_counts import count_viewers
from tests.sessions_app.logbook import elsewhere

LONG_AGO = timezone.now() - timedelta(days=2)


@pytest.fixture
async def reader(transactional_db: None) -> AsyncIterator[Reader]:
    reader = Reader(1)
    yield reader
    await reader.close()


async def test_process_says_what_it_does_until_it_leaves(reader: Reader) -> None:
    presence = Presence(RunnerProcess, reader)
    await presence.beat(concurrency=4, sessions=0, throttled=0)
    await presence.beat(concurrency=4, sessions=3, throttled=1)
    row = await elsewhere(RunnerProcess.objects.get)
    assert (row.sessions, row.throttled) == (3, 1)
    assert str(Lease.new()).startswith(f"{row.name}/")
    assert await elsewhere(present(RunnerProcess).get) == row
    await presence.leave()
    assert not await elsewhere(RunnerProcess.objects.exists)


async def test_silent_process_is_kept_for_a_while(reader: Reader) -> None:
    def leave_behind(name: str, **when: object) -> None:
        RunnerProcess.objects.create(
            name=name, host="h", pid=1, concurrency=1, sessions=0, throttled=0, **when
        )

    hour_ago = timezone.now() - timedelta(hours=1)
    await elsewhere(leave_behind, "ancient", heartbeat_at=LONG_AGO)
    await elsewhere(leave_behind, "gone", heartbeat_at=hour_ago)
    await Presence(RunnerProcess, reader).beat(concurrency=1, sessions=0, throttled=0)
    names = await elsewhere(lambda: set(RunnerProcess.objects.values_list("name")))
    assert names == {("gone",), (Lease.new().process,)}
    assert await elsewhere(present(RunnerProcess).count) == 1


def test_viewers_are_summed_over_web_processes(db: None) -> None:
    for pid, viewers in enumerate(({"s_a": 2, "s_b": 1}, {"s_a": 3}), 1):
        WebProcess.objects.create(name=str(pid), host="h", pid=pid, viewers=viewers)
    WebProcess.objects.create(
        name="gone", host="h", pid=9, viewers={"s_a": 7}, heartbeat_at=LONG_AGO
    )
    assert count_viewers(["s_a", "s_c"]) == {"s_a": 5}


def test_process_of_the_version_before_writes_its_row(db: None) -> None:
    """While an upgrade goes on, it does not know the columns that are new."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO sessions_app_webprocess"
            " (name, host, pid, viewers, link_viewers) VALUES (%s, %s, %s, %s, %s)",
            ["before", "h", 1, "{}", "{}"],
        )
    assert WebProcess.objects.get().looked_at == {}
