"""Webhooks of a running installation, over kill -9 of its server."""

import os
import re
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.conftest import Install
from tests.servers.background import Background
from tests.servers.free_port import free_port
from tests.servers.installation import Installation, Served
from tests.servers.process import PATIENCE_S, ROOT, Process, until
from tests.servers.stack import POSTGRES_REDIS
from tests.sessions_app.webhooks.receiver import OK, Receiver

ENV = {"RINGSIDE_WEBHOOK_ALLOWED": "127.0.0.1", "RINGSIDE_WEBHOOK_LEASE_S": "1"}
EXAMPLE = re.compile(r"```python\n(.*?)```", re.DOTALL)


@pytest.fixture
def receiver(background: Background) -> Iterator[Receiver]:
    receiver = background.call(Receiver([b"", OK]).__aenter__())
    yield receiver
    background.call(receiver.__aexit__(None, None, None))


def api_of(installation: Installation, served: Served) -> httpx2.Client:
    installation.sign_in(served.url).close()
    scopes = ("--scope", "start", "--scope", "webhooks")
    token = re.search(
        r"ringside_\S+", installation.manage("token", "create", "t", *scopes)
    )
    assert token is not None
    return httpx2.Client(
        base_url=f"{served.url}/api/v1/",
        headers={"Authorization": f"Bearer {token[0]}"},
        timeout=PATIENCE_S,
    )


def post(api: httpx2.Client, path: str, **body: Any) -> dict[str, Any]:
    answer = api.post(path, json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def test_nothing_is_lost_over_kill_9_and_the_example_of_the_documentation_runs(
    install: Install, receiver: Receiver
) -> None:
    installation = install(POSTGRES_REDIS)
    served = installation.serve(port=0, **ENV)
    api = api_of(installation, served)
    with api:
        post(api, "webhooks", url=receiver.url, occasions=["done"])
        port = free_port()
        url = f"http://127.0.0.1:{port}/"
        example = post(api, "webhooks", url=url, occasions=["done"])
        hook = installation.adopt(
            Process(
                ["-c", example_of("webhooks.md"), str(port)],
                os.environ | {"SECRET": example["secret"]},
                installation.directory,
            )
        )
        post(api, "sessions", prompt="[scenario: follow_up]")
    until(lambda: receiver.taken)  # which is told, and does not answer
    served.process.kill()
    again = installation.serve(port=0, **ENV)
    until(lambda: len(receiver.taken) == 2)
    assert len({one.headers["webhook-id"] for one in receiver.taken}) == 1
    assert hook.prints("session.done").count("session.done") >= 1
    assert again.process.code is None


def example_of(page: str) -> str:
    (example,) = EXAMPLE.findall((ROOT / "docs" / page).read_text(encoding="utf-8"))
    return str(example)
