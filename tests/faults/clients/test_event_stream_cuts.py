import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest

from sessions_app.protocol.encoding.server_sent_events import server_sent_events
from tests.conftest import Install
from tests.servers.installation import Installation, Served
from tests.servers.process import PATIENCE_S
from tests.servers.stack import POSTGRES_REDIS, SQLITE, Stack

CUT_EVERY = 10  # events; then the reader comes back
KILL_EVERY = 8  # cuts; then the server is killed
AGENTS = 5  # sub-agents of the scenario
OVER = {"completed", "failed", "interrupted", "cancelled"}
Line = tuple[str, int]  # session id, seq


@dataclass
class Client:
    """A program that follows a tree of sessions, and comes back after each cut."""

    installation: Installation
    token: str
    served: Served
    last_id: str = ""
    read: list[Line] = field(default_factory=list)
    status: str = ""  # of the main session, as its events say
    cuts: int = 0

    def follow(self, session_id: str) -> None:
        while self.status not in OVER:
            self._read(session_id, CUT_EVERY)
            self.cuts += 1
            if self.cuts % KILL_EVERY == 0:
                self._kill_server()
        self._read(session_id)  # what is left of the sub-agents

    def _read(self, session_id: str, most: int | None = None) -> None:
        """Read `most` events, or until the stream has caught up with every log."""
        headers = {
            "Accept": "text/event-stream",
            "Authorization": f"Bearer {self.token}",
            "Last-Event-ID": self.last_id,
        }
        address = f"{self.served.url}/api/v1/sessions/{session_id}/events?tree=1"
        client = httpx2.stream("GET", address, headers=headers, timeout=PATIENCE_S)
        live: set[str] = set()
        count = 0
        with client as answer:
            assert answer.status_code == 200, answer.read()
            for name, data in self._messages(answer):
                if name == "live":
                    live.add(data["session"])
                else:
                    count += 1
                    self._take(session_id, data)
                is_whole = most is None and len(live) > AGENTS
                if is_whole or count == most or (most and self.status in OVER):
                    return

    def _take(self, session_id: str, event: dict[str, Any]) -> None:
        self.read.append((event["sessionId"], event["seq"]))
        if event["type"] == "status" and event["sessionId"] == session_id:
            self.status = event["status"]

    def _messages(
        self, answer: httpx2.Response
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        for id_, name, data in server_sent_events(answer.iter_lines()):
            self.last_id = self.last_id if id_ is None else id_
            if data:
                yield name, json.loads(data)

    def _kill_server(self) -> None:
        port = self.served.port
        self.served.process.kill()
        self.served = self.installation.serve("--no-runner", port=port)


@pytest.mark.parametrize("stack", [SQLITE, POSTGRES_REDIS], ids=str)
def test_stream_cut_at_the_reader_and_the_server_has_no_hole_and_no_repeat(
    install: Install, stack: Stack
) -> None:
    installation = install(stack)
    served = installation.serve("--no-runner")
    installation.sign_in(served.url).close()
    token = installation.manage(
        "token", "create", "t", "--user", "admin", "--scope", "read", "--scope", "start"
    ).strip()
    started = httpx2.post(
        f"{served.url}/api/v1/sessions",
        json={"prompt": "[scenario: subagents rate=30]"},
        headers={"Authorization": f"Bearer {token}"},
        timeout=PATIENCE_S,
    )
    session_id = started.json()["id"]
    installation.start("runagent", "--queue")
    client = Client(installation, token, served)
    client.follow(session_id)
    assert client.cuts >= 20
    assert len(client.read) == len(set(client.read))
    for one in {id_ for id_, _ in client.read}:
        seqs = [seq for id_, seq in client.read if id_ == one]
        assert seqs == sorted(seqs)
    # Deltas that a final superseded may have been deleted since they were read.
    log = installation.rows("SELECT session_id, seq FROM sessions_app_event")
    assert len({id_ for id_, _ in log}) == AGENTS + 1
    assert set(log) <= set(client.read)
