import json
import re
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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


def start(desk: Desk, prompt: str, mode: str = "") -> str:
    with closing(desk.installation.sign_in(desk.served.url)) as person:
        token = person.cookies["ringside_csrf"]
        answer = person.post(
            "/sessions/",
            data={
                "prompt": prompt,
                "csrfmiddlewaretoken": token,
                "permission_mode": mode,
            },
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


def waiting_call(desk: Desk, session_id: str, **env: str) -> str:
    """Wait until a call of the session waits for a person; return its id."""

    def found() -> str:
        done = desk.run("approve", "--json", **env)
        assert done.returncode == 0, done.stderr
        waiting = [json.loads(line) for line in done.stdout.splitlines()]
        calls = [one for one in waiting if one["session"] == session_id]
        return str(calls[0]["request"]["toolUseId"]) if calls else ""

    return until(found)


def status(desk: Desk, session_id: str) -> str:
    query = "SELECT status FROM sessions_app_agentsession WHERE id = ?"
    return str(desk.installation.rows(query, session_id)[0][0])


def events(desk: Desk, session_id: str, type_: str) -> list[dict[str, Any]]:
    query = "SELECT data FROM sessions_app_event WHERE session_id = ? AND type = ?"
    rows = desk.installation.rows(query, session_id, type_)
    return [json.loads(data) for (data,) in rows]


def test_answer_for_the_whole_session_makes_a_rule(desk: Desk) -> None:
    session_id = start(desk, "[scenario: parallel]", "default")
    call = waiting_call(desk, session_id)
    answered = desk.run("approve", session_id, call, "--session-rule", "--json")
    assert (answered.returncode, answered.stderr) == (0, "")
    command_id = json.loads(answered.stdout)["id"]
    (approval,) = until(lambda: events(desk, session_id, "approval"))
    assert (approval["scope"], approval["commandId"]) == ("session", command_id)
    assert approval["rule"]
    assert desk.run("send", session_id, "--cancel").returncode == 0
    until(lambda: status(desk, session_id) == "cancelled")


def test_denied_call_is_told_why(desk: Desk) -> None:
    session_id = start(desk, "[scenario: parallel]", "default")
    call = waiting_call(desk, session_id)
    assert desk.run("approve", session_id, call, "--deny", "Not now.").returncode == 0
    (approval,) = until(lambda: events(desk, session_id, "approval"))
    assert (approval["decision"], approval["reason"]) == ("denied", "Not now.")
    again = desk.run("approve", session_id, call)
    assert (again.returncode, "already" in again.stderr) == (1, True)
    desk.run("send", session_id, "--cancel")


@pytest.mark.parametrize("words", [("interrupt",), ("send", "--interrupt")])
def test_interrupt_stops_what_runs(desk: Desk, words: tuple[str, ...]) -> None:
    session_id = start(desk, "[scenario: long rate=20]")
    until(lambda: events(desk, session_id, "turn_start"))
    stopped = desk.run(words[0], session_id, *words[1:], "--json")
    assert (stopped.returncode, stopped.stderr) == (0, "")
    until(lambda: status(desk, session_id) == "idle")
    command_id = json.loads(stopped.stdout)["id"]
    assert command_id in [
        one.get("commandId") for one in events(desk, session_id, "status")
    ]
    assert desk.run("watch", session_id).returncode == 0
    refused = desk.run("interrupt", session_id)
    assert (refused.returncode, "nothing runs" in refused.stderr) == (1, True)


def test_another_machine_steers_by_a_token_alone(desk: Desk, tmp_path: Path) -> None:
    scopes = ("--scope", "read", "--scope", "control")
    token = desk.installation.manage(
        "token", "create", "phone", "--user", "admin", *scopes
    ).strip()
    away = {
        "RINGSIDE_TOKEN": token,
        "RINGSIDE_DATA_DIR": str(tmp_path / "elsewhere"),
        "DATABASE_URL": f"sqlite:///{tmp_path / 'none.sqlite3'}",
    }
    session_id = start(desk, "[scenario: parallel]", "default")
    call = waiting_call(desk, session_id, **away)
    assert desk.run("approve", session_id, call, **away).returncode == 0
    until(lambda: events(desk, session_id, "approval"))
    assert desk.run("interrupt", session_id, **away).returncode == 0
    until(lambda: status(desk, session_id) == "idle")
    sent = desk.run("send", session_id, "[scenario: follow_up]", "--json", **away)
    assert (sent.returncode, list(json.loads(sent.stdout))) == (0, ["id"])
    until(lambda: len(events(desk, session_id, "user_message")) == 2)
    assert not (tmp_path / "none.sqlite3").exists()
    assert desk.run("send", session_id, "--cancel", **away).returncode in {0, 1}


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


def test_example_of_the_docs_runs_as_it_stands(desk: Desk) -> None:
    start(desk, "[scenario: follow_up] Otters")
    until(lambda: desk.sessions("otters")[0]["status"] == "completed")
    text = (ROOT / "docs" / "terminal.md").read_text("utf-8")
    example = re.split(r"\n\n(?=    )", text)[-1]
    assert len(example.splitlines()) <= 10
    manage = f'"{sys.executable}" manage.py'
    script = f'ringside() {{ {manage} "$@" --url {desk.served.url}; }}\n{example}'
    done = subprocess.run(
        ["bash", "-c", script, "example", "otters", "And now?"],
        cwd=ROOT,
        env=desk.installation.env,
        check=False,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert (done.returncode, done.stderr) == (0, "")
    sent, last = (json.loads(line) for line in done.stdout.splitlines())
    assert list(sent) == ["id"]
    assert last["type"] == "status"
