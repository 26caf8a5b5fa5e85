from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.conftest import Install
from tests.faults.arena import Arena
from tests.faults.outages.stepped_clock import SteppedClock
from tests.servers.background import Background
from tests.servers.installation import Installation, Template
from tests.servers.postgres_server import PostgresServer
from tests.servers.process import until
from tests.servers.stack import POSTGRES, SQLITE

ASK = "[scenario: coding rate=0]"


@pytest.fixture
def clock() -> Iterator[SteppedClock]:
    with TemporaryDirectory(prefix="ringside-clock-") as directory:
        Path(directory).chmod(0o755)  # PostgreSQL is another user
        yield SteppedClock(Path(directory))


@pytest.fixture(params=["sqlite", "postgres"])
def machine(
    request: pytest.FixtureRequest,
    clock: SteppedClock,
    install: Install,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Installation]:
    """An installation whose processes, its database among them, share the clock."""
    if request.param == "sqlite":
        made = install(SQLITE)
        made.env |= clock.env
        yield made
        return
    server = PostgresServer(clock.env)
    directory = tmp_path_factory.mktemp("stepped")
    made = Installation(POSTGRES, directory, Template(POSTGRES, directory, server.url))
    made.env |= clock.env
    yield made
    made.end()
    server.end()


def test_a_clock_that_steps_kills_no_living_runner_and_keeps_no_dead_one(
    machine: Installation, clock: SteppedClock, background: Background
) -> None:
    arena = Arena(machine, background)
    arena.open()
    streaming = arena.endless()
    asking = arena.sessions.queue(ASK, "default")
    arena.sessions.await_status(asking, "waiting")
    began_ms = newest_ms(arena, streaming)

    def has_stepped(hours: int) -> bool:
        return round((newest_ms(arena, streaming) - began_ms) / 3_600_000) == hours

    for hours in (8, 16, 24, 0, -8, 8):
        clock.step(hours * 3600)
        until(partial(has_stepped, hours))
        arena.await_burials()
    assert arena.sessions.status(asking) == "waiting"
    arena.stop(streaming)
    assert arena.sessions.statuses(streaming) == ["running", "idle"]
    assert arena.sessions.statuses(asking) == ["running", "waiting"]


def newest_ms(arena: Arena, session: str) -> int:
    """Return the time of a session's newest event."""
    return int(arena.sessions.events(session)[-1]["ts"])
