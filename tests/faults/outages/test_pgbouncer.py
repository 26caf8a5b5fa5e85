from collections.abc import Iterator
from contextlib import closing

import pytest

from sessions_app.protocol.commands import Prompt
from tests.conftest import Install
from tests.faults.arena import Arena
from tests.servers.background import Background
from tests.servers.installation import Installation
from tests.servers.pgbouncer import PgBouncer
from tests.servers.process import until
from tests.servers.stack import POSTGRES, POSTGRES_URL, server_url


@pytest.fixture(scope="module")
def pooler() -> Iterator[PgBouncer]:
    pooler = PgBouncer(server_url(POSTGRES_URL))
    yield pooler
    pooler.end()


@pytest.fixture
def installation(install: Install, pooler: PgBouncer) -> Installation:
    """An installation that reaches its database by PgBouncer alone."""
    made = install(POSTGRES)
    made.env["DATABASE_URL"] = pooler.through(made.env["DATABASE_URL"])
    made.env["RINGSIDE_TRANSACTION_POOLER"] = "1"
    return made


def test_sessions_stream_resume_and_are_exported_by_way_of_pgbouncer(
    installation: Installation, background: Background
) -> None:
    arena = Arena(installation, background)
    arena.open()
    streams = [arena.stream(tokens=300, rate=200) for _ in range(3)]
    for session in streams:
        arena.watch(session)
    for session in streams:
        arena.sessions.await_rest(session, "completed")
        arena.sessions.tell(session, Prompt(text="[scenario: subagents rate=0]"))
    for session in streams:
        arena.sessions.await_event(session, "agent_spawn")
        arena.sessions.await_rest(session, "completed")
        arena.assert_all_saw(session)
    with closing(arena.browse()) as client:
        for session in streams:
            whole = client.get(f"/sessions/{session}/export.jsonl").text
            assert whole.count('"type":"agent_spawn"') >= 1
        found = {"text": "Both are back", "type": ""}
        until(lambda: streams[0] in client.get("/sessions/list", params=found).text)
    # What an operator runs has its own transactions, or none: VACUUM knows no other.
    manage = installation.manage
    assert "1 events covered" in manage("redact", streams[0], "--seq", "1")
    assert "No planned" in manage("migrate", "--plan")
    manage("upkeep")
    manage("prune", "--older-than", "90d", "--dry-run")
    manage("purge")
    for process in (arena.runner, arena.server.process):
        assert "Traceback" not in process.errors()
        assert "event=commit_retry" not in process.errors()
    arena.leave()


def test_selftest_loses_nothing_by_way_of_pgbouncer(installation: Installation) -> None:
    served = installation.serve("--no-runner")
    said = installation.manage("selftest", "--url", served.url)  # fails by exit code
    assert said.split()[:2] == ["ok", "True"]
