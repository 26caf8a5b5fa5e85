import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from sessions_app.protocol.commands import Resume
from tests.faults.arena import Arena
from tests.naive_fold import Fields
from tests.servers.background import Background
from tests.servers.installation import Installation, Template
from tests.servers.postgres_server import PostgresServer
from tests.servers.process import Process, until
from tests.servers.redis_server import RedisServer
from tests.servers.stack import POSTGRES

PAUSE_S = 6.0
LATE_S = 1.5  # more than PRESSURE_INTERVAL_S and PRESSURE_HIGH_S
# A commit that refuses such a command naps amid its transaction.
NAP_S = 2
NAP = f"""CREATE FUNCTION nap() RETURNS trigger LANGUAGE plpgsql
AS $$ BEGIN PERFORM pg_sleep({NAP_S}); RETURN NULL; END $$;
CREATE TRIGGER nap AFTER UPDATE ON sessions_app_command FOR EACH ROW
WHEN (NEW.applied_at IS NOT NULL AND NEW.type = 'resume') EXECUTE FUNCTION nap()"""
NAPPING = "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
OPEN = """SELECT 1 FROM pg_stat_activity
WHERE datname = current_database() AND state = 'idle in transaction'"""


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    server = PostgresServer()
    yield server
    server.end()


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    yield server
    server.resume()
    server.kill()


@pytest.fixture(scope="module")
def opened(
    postgres: PostgresServer,
    redis: RedisServer,
    tmp_path_factory: pytest.TempPathFactory,
    background: Background,
) -> Iterator[Arena]:
    """An installation whose servers are its own, so that they may fail."""
    directory: Path = tmp_path_factory.mktemp("outages")
    template = Template(POSTGRES, directory, postgres.url)
    installation = Installation(POSTGRES, directory, template)
    installation.env |= {"REDIS_URL": redis.url, "REDIS_PREFIX": "outages"}
    arena = Arena(installation, background)
    arena.open()
    yield arena
    installation.end()


@contextmanager
def outlived(arena: Arena) -> Iterator[str]:
    """A session streams through what happens inside, and every viewer sees all."""
    session = arena.endless()
    early = arena.watch(session)
    early.streams(session)
    yield session
    late = arena.watch(session)
    for watcher in (early, late):
        watcher.is_lively(session)
    arena.stop(session)
    arena.assert_all_saw(session)
    assert arena.sessions.statuses(session) == ["running", "idle"]


def suspend_amid_a_transaction(runner: Process, session: str, arena: Arena) -> None:
    """Stop a runner where its transaction is open, and keeps the rows locked."""
    url = arena.installation.env["DATABASE_URL"]
    with psycopg.connect(url, autocommit=True) as other:
        other.execute(NAP)
        arena.sessions.tell(session, Resume())
        until(lambda: other.execute(NAPPING).fetchone())
        runner.suspend()
        until(lambda: other.execute(OPEN).fetchone())


def test_redis_dies_and_comes_back(arena: Arena, redis: RedisServer) -> None:
    with outlived(arena) as session:
        redis.kill()
        arena.watch(session).streams(session, within=5)  # by the log alone
        redis.start()


def test_redis_hangs(arena: Arena, redis: RedisServer) -> None:
    with outlived(arena) as session:
        redis.pause()
        paused = time.monotonic()
        while time.monotonic() - paused < PAUSE_S:
            arena.grows(session, within=5)
        redis.resume()


def test_redis_forgets_everything(arena: Arena, redis: RedisServer) -> None:
    with outlived(arena):
        redis.flush()


def test_postgres_ends_all_connections(arena: Arena) -> None:
    with outlived(arena) as session:
        for _ in range(3):
            arena.cut_database()
            arena.grows(session)


def test_postgres_crashes_and_comes_back(
    arena: Arena, postgres: PostgresServer
) -> None:
    with outlived(arena):
        postgres.restart()


def test_the_server_stands_still_for_a_while(arena: Arena) -> None:
    with outlived(arena) as session:
        arena.server.process.suspend()
        suspended = time.monotonic()
        while time.monotonic() - suspended < PAUSE_S:
            arena.grows(session, within=5)
        arena.server.process.wake()


def test_a_server_that_cannot_keep_up_slows_its_sessions_down_for_a_while(
    arena: Arena,
) -> None:
    server = arena.server.process

    def stutters() -> list[Fields]:
        server.suspend()
        time.sleep(LATE_S)
        server.wake()
        time.sleep(0.1)  # to notice that it was late
        return arena.sessions.events(session, "throttled")

    with outlived(arena) as session:
        (throttled,) = until(stutters)
        assert throttled["delayMs"] > 0
        arena.sessions.await_event(session, "resumed")


def test_a_runner_that_sleeps_amid_a_transaction_keeps_nobody_out(arena: Arena) -> None:
    session = arena.stream(tokens=4000, rate=200)
    watcher = arena.watch(session)
    asleep = arena.runner
    suspend_amid_a_transaction(asleep, session, arena)
    arena.go_on_without(asleep, session)
    watcher.is_lively(session)
    arena.stop(session)
    arena.assert_all_saw(session)
    statuses = ["running", "interrupted", "running", "idle"]
    assert arena.sessions.statuses(session) == statuses
    assert asleep.code is None
    asleep.end()
