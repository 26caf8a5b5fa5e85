import sqlite3
import time
from contextlib import closing

import pytest

from tests.conftest import Install
from tests.faults.arena import Arena
from tests.servers.background import Background
from tests.servers.process import Process, until
from tests.servers.stack import SQLITE

LOCKED_S = 11.0  # longer than a writer waits, and than a lease lasts


def connect(arena: Arena, timeout: float) -> sqlite3.Connection:
    path = arena.installation.env["DATABASE_URL"].removeprefix("sqlite:///")
    return sqlite3.connect(path, isolation_level=None, timeout=timeout)


def suspend_between_commits(runner: Process, arena: Arena) -> None:
    """Stop a runner where it holds no lock, which would stop everybody."""
    with closing(connect(arena, timeout=0)) as other:
        while True:
            runner.suspend()
            try:
                other.execute("BEGIN IMMEDIATE")
                other.execute("ROLLBACK")
            except sqlite3.OperationalError:
                runner.wake()
            else:
                return


@pytest.fixture(scope="module")
def opened(install_for_module: Install, background: Background) -> Arena:
    arena = Arena(install_for_module(SQLITE), background)
    arena.open()
    return arena


def test_another_writer_locks_sqlite_for_long(arena: Arena) -> None:
    session = arena.endless()
    watcher = arena.watch(session)
    watcher.streams(session)
    other = connect(arena, timeout=10)
    other.execute("BEGIN IMMEDIATE")
    locked = time.monotonic()
    head = arena.head(session)
    while time.monotonic() - locked < LOCKED_S:
        assert arena.head(session) == head
        time.sleep(0.5)
    other.execute("ROLLBACK")
    other.close()
    watcher.streams(session)
    arena.stop(session)
    arena.assert_all_saw(session)
    assert arena.sessions.statuses(session) == ["running", "idle"]


def test_a_runner_that_slept_past_its_lease_writes_no_more(arena: Arena) -> None:
    session = arena.stream(tokens=1000, rate=200)
    asleep = arena.runner
    suspend_between_commits(asleep, arena)
    watcher = arena.watch(session)
    arena.go_on_without(asleep, session)
    arena.sessions.await_rest(session, "completed")
    arena.assert_all_saw(session)
    assert arena.sessions.statuses(session) == [
        "running",
        "interrupted",
        "running",
        "completed",
    ]
    assert asleep.code is None  # it lost a session, not its life
    arena.runner.terminate()
    arena.runner.wait()
    arena.runner = asleep
    again = arena.endless()
    arena.stop(again)
    assert watcher.view(session).cursor == arena.head(session)


def test_a_clock_that_steps_ahead_declares_no_living_runner_dead(arena: Arena) -> None:
    session = arena.endless()
    hours_ago = "datetime('now', '-8 hours')"
    for column, table in (("id", "agentsession"), ("name", "runnerprocess")):
        arena.installation.rows(
            f"UPDATE sessions_app_{table} SET heartbeat_at = {hours_ago} "  # noqa: S608
            f"WHERE {column} <> ? RETURNING 1",
            "",
        )
    arena.await_burials()
    arena.stop(session)
    assert arena.sessions.statuses(session) == ["running", "idle"]


def test_a_machine_that_was_paused_declares_no_living_runner_dead(
    arena: Arena,
) -> None:
    session = arena.endless()
    paused = (arena.runner, arena.server.process)
    suspend_between_commits(arena.runner, arena)
    arena.server.process.suspend()
    began = time.monotonic()
    until(lambda: time.monotonic() - began > LOCKED_S)
    for process in paused:
        process.wake()
    arena.await_burials()
    arena.stop(session)
    assert arena.sessions.statuses(session) == ["running", "idle"]
