import httpx2
import pytest

from tests.agents.install import NODE_BIN, TARGET, install
from tests.conftest import Install
from tests.durable_streams.node import HERE
from tests.servers.installation import Installation
from tests.servers.process import PATIENCE_S, Process, until
from tests.servers.stack import POSTGRES_REDIS

KILLS = 4
KILL_EVERY = 60  # events that the client has read
AGENTS = 5  # sub-agents of the scenario
SCOPES = ("--scope", "read", "--scope", "start")
NAME = "durable_streams_client"
Line = tuple[str, int]  # session id, seq


@pytest.fixture(scope="module")
def _client() -> None:
    if install(NAME):
        pytest.skip("npm could not fetch the client: python -m tests.agents.install")


@pytest.mark.usefixtures("_client")
def test_client_reads_a_tree_over_kills_of_the_server_without_hole_or_repeat(
    install: Install,
) -> None:
    installation = install(POSTGRES_REDIS)
    served = installation.serve("--no-runner")
    installation.sign_in(served.url).close()
    make = ("token", "create", "t", "--user", "admin", *SCOPES)
    token = installation.manage(*make).strip()
    started = httpx2.post(
        f"{served.url}/api/v1/sessions",
        json={"prompt": "[scenario: subagents rate=60]"},
        headers={"Authorization": f"Bearer {token}"},
        timeout=PATIENCE_S,
    )
    session = started.json()["id"]
    installation.start("runagent", "--queue")
    words = [str(HERE / "read_tree.mjs"), str(TARGET / NAME), served.url, token]
    client = installation.adopt(
        Process([*words, session], {}, installation.directory, str(NODE_BIN / "node"))
    )
    for kill in range(1, KILLS + 1):
        until(lambda n=kill: len(read(client)) >= n * KILL_EVERY)  # type: ignore[misc]
        served.process.kill()
        served = installation.serve("--no-runner", port=served.port)
    until(lambda: status(installation, session) == "completed")
    # Deltas that a final superseded may have been deleted since they were read.
    until(lambda: logged(installation) <= set(read(client)))
    found = read(client)
    assert len({id_ for id_, _ in found}) == AGENTS + 1
    assert len(found) == len(set(found))
    for one in {id_ for id_, _ in found}:
        seqs = [seq for id_, seq in found if id_ == one]
        assert seqs == sorted(seqs)


def read(client: Process) -> list[Line]:
    assert client.code is None, client.errors()
    *whole, _ = client.output().split("\n")
    return [(id_, int(seq)) for id_, seq in (line.split() for line in whole)]


def logged(installation: Installation) -> set[Line]:
    rows = installation.rows("SELECT session_id, seq FROM sessions_app_event")
    return {(id_, seq) for id_, seq in rows}


def status(installation: Installation, session: str) -> str:
    query = "SELECT status FROM sessions_app_agentsession WHERE id = ?"
    ((found,),) = installation.rows(query, session)
    return str(found)
