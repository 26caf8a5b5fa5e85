import os
import re
import signal
from collections.abc import Iterator
from contextlib import closing

import pytest

from sessions_app.log.leases.process_identity import Lease
from tests.conftest import Install
from tests.faults.arena import INTERRUPTED_WITHIN_S, STREAM, Arena
from tests.servers.background import Background
from tests.servers.installation import Installation
from tests.servers.stack import ALL


@pytest.fixture(scope="module", params=ALL, ids=str)
def opened(
    request: pytest.FixtureRequest, install_for_module: Install, background: Background
) -> Arena:
    arena = Arena(install_for_module(request.param), background)
    arena.open_whole()
    return arena


@pytest.fixture
def arena(opened: Arena) -> Iterator[Arena]:
    """A server that keeps a runner, as `make run` starts it; on each stack."""
    yield opened
    opened.leave()


def start_in_page(arena: Arena, prompt: str) -> str:
    """Start a session through the form; return its id."""
    with closing(arena.browse()) as client:
        page = client.get("/")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        assert token is not None
        form = {"csrfmiddlewaretoken": token[1], "prompt": prompt}
        answer = client.post("/sessions/", data=form)
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"].strip("/").rpartition("/")[2]


def test_a_session_started_in_the_page_streams_to_its_end(arena: Arena) -> None:
    session = start_in_page(arena, STREAM.format(tokens=500, rate=100))
    watcher = arena.watch(session)
    watcher.is_lively(session)
    # Without a server for it, the processes of a machine meet by sockets.
    sockets = arena.installation.directory.glob(f"layer/*/groups/session.{session}/*")
    assert any(sockets) != arena.installation.stack.redis
    arena.sessions.await_rest(session, "completed")
    arena.assert_all_saw(session)


def test_sub_agents_stream_into_sessions_of_their_own(arena: Arena) -> None:
    session = start_in_page(arena, "[scenario: subagents rate=0]")
    arena.sessions.await_rest(session, "completed")
    family = [session]
    for member in family:
        family += arena.sessions.children(member)
    assert len(family) == 6
    arena.watch(*family)
    for member in family:
        arena.assert_all_saw(member)


def test_a_server_that_ends_takes_its_runner_along_in_good_order(
    arena: Arena,
) -> None:
    session = arena.endless()
    watcher = arena.watch(session)
    watcher.streams(session)
    pid = Lease.parse(arena.sessions.lease(session)).pid
    arena.server.process.terminate()
    assert arena.server.process.wait() == 0
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert watcher.closes[0] == 1012
    assert arena.sessions.status(session) == "queued"  # handed over
    assert not arena.sessions.lease(session)
    arena.restart_server()
    arena.assert_all_saw(session)


def test_a_killed_runner_is_replaced_and_its_session_told_interrupted(
    installation: Installation, background: Background
) -> None:
    arena = Arena(installation, background)
    arena.open_whole()
    session = arena.endless()
    watcher = arena.watch(session)
    watcher.streams(session)
    killed = Lease.parse(arena.sessions.lease(session)).pid
    os.kill(killed, signal.SIGKILL)
    arena.sessions.await_status(session, "interrupted", within=INTERRUPTED_WITHIN_S)
    arena.sessions.await_rest(session, "interrupted")
    arena.assert_all_saw(session)
    again = arena.endless()
    assert Lease.parse(arena.sessions.lease(again)).pid != killed
    arena.stop(again)
    arena.leave()
