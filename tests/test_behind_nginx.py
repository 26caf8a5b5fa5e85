import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import httpx2
import pytest

from sessions_app.protocol.commands import Interrupt
from tests.runners.sessions import Sessions
from tests.servers.background import Background
from tests.servers.free_port import free_port
from tests.servers.handshake import handshake
from tests.servers.installation import Installation, Served, Template
from tests.servers.nginx import Nginx
from tests.servers.process import until
from tests.servers.stack import POSTGRES_REDIS, Stack
from tests.watcher import Watcher

PRODUCTION = {
    "HTTPS": "1",
    "BEHIND_PROXY": "1",
    "STATIC_COLLECTED": "1",
    "ALLOWED_HOSTS": "localhost",
}


@dataclass
class Deployed:
    """What docs/deploy.md describes: nginx, two servers, two runners."""

    installation: Installation
    nginx: Nginx
    ports: list[int]
    servers: dict[int, Served] = field(default_factory=dict)

    def serve(self, number: int) -> None:
        """Start one of the servers, or start it again where it was."""
        port = self.ports[number]
        self.servers[number] = self.installation.serve("--no-runner", port=port)


@pytest.fixture(scope="module")
def deployed(template_of: Callable[[Stack], Template]) -> Iterator[Deployed]:
    # nginx leaves its rights: it must be able to enter the directory.
    with tempfile.TemporaryDirectory(prefix="ringside-deploy-") as name:
        directory = Path(name)
        directory.chmod(0o755)
        own = directory / "installation"
        own.mkdir(mode=0o700)
        installation = Installation(POSTGRES_REDIS, own, template_of(POSTGRES_REDIS))
        installation.env |= PRODUCTION
        ports = [free_port(), free_port()]
        nginx = Nginx(directory, ports)
        # Whoever is told of a certificate in this way trusts it, clients of ours too.
        before = os.environ.get("SSL_CERT_FILE")
        os.environ["SSL_CERT_FILE"] = str(nginx.certificate)
        installation.env["SSL_CERT_FILE"] = str(nginx.certificate)
        try:
            installation.manage("collectstatic", "--no-input")
            deployed = Deployed(installation, nginx, ports)
            for number in range(2):
                deployed.serve(number)
                installation.start("runagent", "--queue")
            yield deployed
        finally:
            nginx.end()
            installation.end()
            if before is None:
                del os.environ["SSL_CERT_FILE"]
            else:
                os.environ["SSL_CERT_FILE"] = before


def test_servers_restart_under_a_watcher_who_misses_nothing(
    deployed: Deployed, background: Background
) -> None:
    sessions = Sessions(deployed.installation)
    with closing(deployed.installation.sign_in(deployed.nginx.url)) as client:
        cookies = dict(client.cookies)
        assert "Ringside" in client.get("/").text
    running = [
        sessions.queue("[scenario: long rate=50 tokens=20000]") for _ in range(3)
    ]
    for session in running:
        sessions.await_event(session, "text_delta")
    url = deployed.nginx.url.replace("http", "ws", 1) + "/ws/"
    watchers = [Watcher(background, url, cookies, *running) for _ in range(4)]
    try:
        for watcher in watchers:
            watcher.streams(running[0])
        for number in range(2):
            deployed.servers[number].process.terminate()
            assert deployed.servers[number].process.wait() == 0
            for watcher in watchers:
                watcher.streams(running[0])
            deployed.serve(number)
        assert 1012 in {code for watcher in watchers for code in watcher.closes}
        for session in running:
            sessions.tell(session, Interrupt())
            sessions.await_rest(session, "idle")
            _assert_whole(sessions, session, watchers)
    finally:
        for watcher in watchers:
            watcher.end()


def test_it_proves_itself_through_nginx(deployed: Deployed) -> None:
    options = ("--seconds", "2", "--rate", "60", "--viewers", "3", "--sessions", "1")
    url = deployed.nginx.url
    trial = deployed.installation.start("selftest", "--url", url, "--json", *options)
    assert trial.wait(300) == 0, trial.errors()
    found = json.loads(trial.output())
    assert found["ok"] is True, found


def test_origin_address_and_probes_are_as_behind_a_proxy(deployed: Deployed) -> None:
    nginx = deployed.nginx
    plain = httpx2.get(f"http://localhost:{nginx.http_port}/")
    assert plain.status_code == 301
    assert plain.headers["Location"].startswith("https://localhost/")
    assert httpx2.get(f"{nginx.url}/metrics").status_code == 404
    own = httpx2.get(f"http://127.0.0.1:{deployed.ports[0]}/readyz")
    assert own.json() == {"ready": True, "lacks": [], "degraded": []}
    assert handshake(nginx.url, nginx.url) == 101
    assert handshake(nginx.url, "https://evil.example") == 403
    session = Sessions(deployed.installation).queue("[scenario: long rate=20]")
    with closing(deployed.installation.sign_in(nginx.url)) as client:
        answer = client.post(
            f"/api/v1/sessions/{session}/commands",
            json={"type": "cancel"},
            headers={
                "Idempotency-Key": "k",
                "X-CSRFToken": client.cookies["ringside_csrf"],
                "X-Forwarded-For": "10.0.0.9",  # a client's lie
            },
        )
    assert answer.status_code == 202, answer.text
    query = "SELECT address FROM sessions_app_command WHERE session_id = ?"
    ((address,),) = deployed.installation.rows(query, session)
    assert str(address) == "127.0.0.1"
    assert "/signin/" not in nginx.log.read_text()


@pytest.mark.parametrize(
    "path",
    ["/admin/{}/", "/{}", "/sessions/{}/", "/?text={}", "/admin/?q={}", "/inbox/?{}"],
)
@pytest.mark.parametrize("long", ["x" * 7000, "'" * 4000, "%FF" * 1300, "%25" * 1300])
def test_nobody_shuts_others_out_by_a_long_address(
    deployed: Deployed, path: str, long: str
) -> None:
    """nginx lets a server alone whose answer's headers do not fit."""
    for _ in deployed.ports:
        answer = httpx2.get(deployed.nginx.url + path.format(long))
        assert answer.status_code in {302, 404, 414}
    assert httpx2.get(f"{deployed.nginx.url}/signin/").status_code == 200


def _assert_whole(sessions: Sessions, session: str, watchers: list[Watcher]) -> None:
    head = sessions.column(session, "head_seq")
    log = sessions.events(session)
    for watcher in watchers:
        until(partial(watcher.has, session, head))
        verdict = watcher.view(session).judge(log)
        assert verdict.is_good, verdict
