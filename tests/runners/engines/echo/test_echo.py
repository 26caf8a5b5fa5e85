"""A new engine is a folder and a name in RINGSIDE_ENGINES; this one says words back."""

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx2
import pytest

from sessions_app.protocol.commands import Interrupt, Prompt
from tests.conftest import Install
from tests.runners.sessions import Sessions
from tests.servers.installation import Installation
from tests.servers.process import Process, until
from tests.servers.stack import SQLITE

ECHO = "tests.runners.engines.echo.kind.ECHO"
LINES_MAX = 60  # code lines of the engine and its kind: no imports, no blank lines


@pytest.fixture
def installation(install: Install) -> Installation:
    installation = install(SQLITE)
    installation.env["RINGSIDE_ENGINES"] = ECHO
    return installation


@pytest.fixture
def client(installation: Installation) -> Iterator[httpx2.Client]:
    with closing(installation.sign_in(installation.serve("--no-runner").url)) as client:
        yield client


def test_an_engine_named_by_the_environment_runs_like_those_built_in(
    installation: Installation, client: httpx2.Client
) -> None:
    sessions = Sessions(installation)
    runner = run_queue(installation)
    session_id = start(client, "hello", engine="echo")
    sessions.await_rest(session_id, "completed")
    assert sessions.column(session_id, "engine") == "echo"
    assert sessions.texts(session_id) == ["hello"]

    sessions.tell(session_id, Prompt(text="once more"))
    sessions.await_rest(session_id, "completed")
    assert sessions.texts(session_id) == ["hello", "once more"]

    sessions.tell(session_id, Prompt(text="think"))
    until(lambda: len(sessions.events(session_id, "thinking")) == 1)
    interrupt = sessions.tell(session_id, Interrupt())
    sessions.await_rest(session_id, "idle")
    assert sessions.is_applied(interrupt)
    assert sessions.events(session_id, "agent_complete")[-1]["status"] == "interrupted"

    sessions.tell(session_id, Prompt(text="think"))
    until(lambda: len(sessions.events(session_id, "thinking")) == 2)
    runner.kill()
    run_queue(installation)
    sessions.await_rest(session_id, "interrupted")
    sessions.tell(session_id, Prompt(text="and?"))
    sessions.await_rest(session_id, "completed")
    assert sessions.texts(session_id) == ["hello", "once more", "think", "and?"]
    assert sessions.events(session_id, "session_started")[-1]["resumed"]
    assert sessions.events(session_id, "error") == []


def test_without_its_name_in_the_environment_the_page_does_not_offer_it(
    install: Install,
) -> None:
    served = install(SQLITE)
    with closing(served.sign_in(served.serve("--no-runner").url)) as client:
        assert 'name="engine"' not in client.get("/").text


def test_the_engine_is_its_own_folder_and_less_than_sixty_lines() -> None:
    here = Path(__file__).parent
    code = [
        line
        for name in ("kind.py", "engine.py")
        for line in (here / name).read_text("utf-8").partition("\n\n\n")[2].splitlines()
        if line.strip()
    ]
    assert len(code) < LINES_MAX


def run_queue(installation: Installation) -> Process:
    return installation.start("runagent", "--queue")


def start(client: httpx2.Client, prompt: str, engine: str) -> str:
    """Start a session by the page's form; return its id."""
    page = client.get("/").text
    assert f'<option value="{engine}">' in page
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token is not None, page
    form = {"csrfmiddlewaretoken": token[1], "prompt": prompt, "engine": engine}
    answer = client.post("/sessions/", data=form)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"].strip("/").rpartition("/")[2]
