import os
import re
import shutil
import sys
import time

import pytest

from tests.conftest import Install
from tests.runners.sessions import Sessions
from tests.servers.background import Background
from tests.servers.installation import Installation
from tests.servers.process import Process, until
from tests.servers.proxy import Proxy
from tests.servers.stack import POSTGRES

# Longer than a lease lasts without a heartbeat.
AWAY_S = float(os.environ.get("RINGSIDE_TEST_AWAY_S", "15"))
RATE = 40
LONG = f"[scenario: long rate={RATE} tokens={int(RATE * (AWAY_S + 30))}]"
# Nobody can look for the processes of another host.
ELSEWHERE = "import os, sys; os.execvp('unshare', sys.argv)"
NAMED = 'hostname elsewhere && exec "$@"'


def start_elsewhere(installation: Installation, database: str) -> Process:
    """Start a runner of the queue on a host of another name."""
    if os.getuid() or shutil.which("unshare") is None:
        pytest.skip("may not make a host name of its own")
    command = (sys.executable, "manage.py", "runagent", "--queue")
    process = Process(
        ("-c", ELSEWHERE, "--uts", "sh", "-c", NAMED, "sh", *command),
        installation.env | {"DATABASE_URL": database},
        installation.directory,
    )
    return installation.adopt(process)


@pytest.mark.parametrize("others", [0, 1])
def test_what_a_host_without_its_database_had_of_the_queue_goes_on_exactly_once(
    install: Install, background: Background, others: int
) -> None:
    installation = install(POSTGRES)
    sessions = Sessions(installation)
    url = installation.env["DATABASE_URL"]
    found = re.search(r":(\d+)/", url)
    assert found is not None
    proxy = Proxy(background, int(found[1]))
    installation.serve("--no-runner")  # with a reaper, which hears nothing of the host
    through = url.replace(found[0], f":{proxy.port}/")
    lonely = start_elsewhere(installation, through)
    queued = [sessions.queue(LONG) for _ in range(2)]
    for session in queued:
        sessions.await_event(session, "text_delta")
        assert sessions.lease(session).startswith("elsewhere/")
    for _ in range(others):
        installation.start("runagent", "--queue")
    proxy.refuse()
    began = time.monotonic()
    for session in queued:
        sessions.await_rest(session, "interrupted")
    until(lambda: time.monotonic() - began > AWAY_S)
    proxy.accept()
    for session in queued:
        sessions.await_rest(session, "completed")
        assert sessions.statuses(session)[:2] == ["running", "interrupted"]
        assert len(sessions.events(session, "session_started")) == 2
        assert len(sessions.events(session, "agent_complete")) == 1
        until(lambda: f"event=requeued session={session}" in lonely.errors())  # noqa: B023
    assert lonely.code is None
    proxy.end()
