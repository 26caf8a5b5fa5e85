import json
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass

import pytest

from tests.conftest import Install
from tests.servers.installation import Installation, Served
from tests.servers.process import PATIENCE_S, ROOT, until
from tests.servers.stack import SQLITE


@dataclass(frozen=True)
class Desk:
    """A terminal beside a server with a runner; `url` is the server's."""

    installation: Installation
    served: Served

    def run(self, *words: str, **env: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "manage.py", *words, "--url", self.served.url],
            cwd=ROOT,
            env=self.installation.env | env,
            check=False,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
        )

    def sessions(self, *words: str) -> list[dict[str, str]]:
        done = self.run("sessions", "--json", *words)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def desk(install_for_module: Install) -> Desk:
    installation = install_for_module(SQLITE)
    served = installation.serve()
    installation.sign_in(served.url).close()
    return Desk(installation, served)


def start(desk: Desk, prompt: str) -> str:
    with closing(desk.installation.sign_in(desk.served.url)) as person:
        token = person.cookies["ringside_csrf"]
        answer = person.post(
            "/sessions/", data={"prompt": prompt, "csrfmiddlewaretoken": token}
        )
        return str(answer.headers["location"]).strip("/").split("/")[-1]


def test_session_is_listed_watched_and_goes_on_by_a_message(desk: Desk) -> None:
    session_id = start(desk, "[scenario: follow_up] Hello")
    watched = desk.run("watch", session_id)
    assert (watched.returncode, "completed" in watched.stdout) == (0, True)
    assert [row["id"] for row in desk.sessions("hello")] == [session_id]
    sent = desk.run("send", session_id, "And now?")
    assert (sent.returncode, sent.stderr) == (0, "")
    until(lambda: desk.sessions("hello")[0]["status"] == "completed")
    lines = desk.run("watch", session_id, "--json").stdout.splitlines()
    events = [json.loads(line) for line in lines]
    assert "And now?" in [one.get("text") for one in events]
    assert len({one["seq"] for one in events}) == len(events)


def test_sub_agents_are_watched_with_their_session(desk: Desk) -> None:
    session_id = start(desk, "[scenario: subagents]")
    lines = desk.run("watch", session_id, "--json").stdout.splitlines()
    last = {one["sessionId"]: one for one in map(json.loads, lines)}
    assert len(last) == 6
    assert {one["status"] for one in last.values()} == {"completed"}


def test_what_is_wrong_is_said_in_a_sentence(desk: Desk) -> None:
    for words, told in (
        (("watch", "s_nope"), "There is no such session"),
        (("send", "s_nope", "x"), "There is no such session"),
        (("approve", "s_nope"), "Name the call"),
    ):
        done = desk.run(*words)
        assert done.returncode == 1
        assert told in done.stderr
        assert "Traceback" not in done.stderr


def test_token_that_is_wrong_is_refused(desk: Desk) -> None:
    done = desk.run("sessions", RINGSIDE_TOKEN="ringside_wrong")
    assert done.returncode == 1
    assert "valid token" in done.stderr


def test_another_host_needs_a_token(desk: Desk) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "sessions", "--url", "https://example.com"],
        cwd=ROOT,
        env=desk.installation.env,
        check=False,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert (done.returncode, "RINGSIDE_TOKEN" in done.stderr) == (1, True)
