import re
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from django.conf import LazySettings
from django.db import connection

from runners.process.metrics_server import exposed_metrics
from sessions_app.delivery.feed.feed import Feed
from sessions_app.operations.health.probes import Probes
from sessions_app.operations.health.readiness import Readiness
from tests.runners.sessions import Sessions
from tests.servers.free_port import free_port
from tests.servers.installation import Installation
from tests.sessions_app.logbook import elsewhere

Ask = Any


@pytest.fixture
async def ask(transactional_db: None) -> AsyncIterator[Ask]:
    feed = Feed()
    readiness = Readiness(feed)

    async def django(scope: Any, receive: Any, send: Any) -> None:
        raise AssertionError(f"{scope['path']} is not for Django")

    probes = Probes(django, readiness)

    async def ask(
        path: str, method: str = "GET", client: str = "127.0.0.1", **headers: str
    ) -> tuple[int, str]:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "path": path,
            "method": method,
            "client": (client, 1),
            "headers": [
                (name.replace("_", "-").encode(), value.encode())
                for name, value in headers.items()
            ],
        }
        await probes(scope, None, send)
        return sent[0]["status"], sent[1]["body"].decode()

    yield ask
    await readiness.close()
    await feed.close()


async def test_process_is_up(ask: Ask) -> None:
    assert await ask("/healthz") == (200, "ok\n")
    assert await ask("/healthz", method="HEAD") == (200, "")
    assert (await ask("/healthz", method="POST"))[0] == 405


async def test_ready_where_nothing_lacks(ask: Ask) -> None:
    body = '{"ready": true, "lacks": [], "degraded": []}\n'
    assert await ask("/readyz") == (200, body)


async def test_not_ready_before_the_migrations(
    ask: Ask, transactional_db: None
) -> None:
    migrations = "UPDATE django_migrations SET app = %s WHERE app = %s"

    def rename(old: str, new: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(migrations, [new, old])

    await elsewhere(rename, "sessions_app", "other")
    try:
        status, body = await ask("/readyz")
    finally:
        await elsewhere(rename, "other", "sessions_app")
    assert status == 503
    assert "run `manage.py migrate`" in body


async def test_metrics_are_for_this_machine(ask: Ask) -> None:
    assert (await ask("/metrics"))[0] == 200
    assert (await ask("/metrics", client="::1"))[0] == 200
    assert (await ask("/metrics", client="10.0.0.9"))[0] == 403
    assert (await ask("/metrics", client=""))[0] == 403
    assert (await ask("/metrics", **{"x-forwarded-for": "10.0.0.9"}))[0] == 403


async def test_metrics_are_for_no_page_whose_name_leads_here(
    ask: Ask, settings: LazySettings
) -> None:
    settings.ALLOWED_HOSTS = ["ringside.example", "*"]
    for host in ("localhost:8000", "127.0.0.1", "[::1]:80", "ringside.example"):
        assert (await ask("/metrics", host=host))[0] == 200
    for host in ("evil.example", "localhost.evil.example:8000", "127.0.0.1.evil"):
        assert (await ask("/metrics", host=host))[0] == 403


def test_a_runner_s_metrics_are_for_no_page_whose_name_leads_here() -> None:
    port = free_port()
    with exposed_metrics("127.0.0.1", port):
        url = f"http://127.0.0.1:{port}/metrics"
        assert "ringside_" in httpx2.get(url).text
        evil = httpx2.get(url, headers={"Host": "evil.example"})
        assert evil.status_code == 403
        assert "ringside_" not in evil.text


async def test_metrics_are_for_whoever_has_the_token(
    ask: Ask, settings: LazySettings
) -> None:
    settings.RINGSIDE_METRICS_TOKEN = "t0ken"
    assert (await ask("/metrics"))[0] == 403
    assert (await ask("/metrics", authorization="Bearer no"))[0] == 403
    status, _ = await ask("/metrics", client="10.0.0.9", authorization="Bearer t0ken")
    assert status == 200


def figure(text: str, name: str) -> float:
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


def test_a_running_installation_is_measured(installation: Installation) -> None:
    port = free_port()
    served = installation.serve("--runner-metrics-port", str(port))
    sessions = Sessions(installation)
    session = sessions.queue("[scenario: markdown rate=0]")
    sessions.await_rest(session, "completed", within=120)
    assert served.get("/readyz").status_code == 200
    assert "ringside_viewers 0.0" in served.get("/metrics").text
    runner = httpx2.get(f"http://127.0.0.1:{port}/metrics").text
    written = figure(runner, "ringside_events_committed_total")
    assert written == sessions.column(session, "head_seq")
    assert figure(runner, "ringside_commit_seconds_count") > 0
    output = 'ringside_tokens_total{kind="output",model="claude-opus-5-5"}'
    assert figure(runner, output) > 0


def test_web_process_without_its_database_is_up_but_not_ready(
    installation: Installation,
) -> None:
    served = installation.serve("--no-runner")
    database = installation.directory / "r.sqlite3"
    database.rename(database.with_suffix(".away"))
    database.mkdir()
    answer = served.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["lacks"] == ["database: it does not answer"]
    assert served.get("/healthz").text == "ok\n"
