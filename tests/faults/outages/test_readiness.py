from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from tests.servers.installation import Installation, Template
from tests.servers.postgres_server import PostgresServer
from tests.servers.process import until
from tests.servers.redis_server import RedisServer
from tests.servers.stack import POSTGRES

TAKEN = "pages: no connection to the database is left for them"


@pytest.fixture
def postgres() -> Iterator[PostgresServer]:
    server = PostgresServer()
    yield server
    server.end()


def test_a_server_whose_pages_get_no_connection_says_so_and_recovers(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    (tmp_path / "template").mkdir(mode=0o700)
    template = Template(POSTGRES, tmp_path / "template", postgres.url)
    installation = Installation(POSTGRES, tmp_path, template)
    try:
        served = installation.serve("--no-runner")
        until(lambda: served.get("/readyz").status_code == 200)
        with ExitStack() as taken:
            take_all(postgres, taken)
            until(lambda: served.get("/readyz").json()["lacks"] == [TAKEN])
            assert served.get("/readyz").status_code == 503
            assert served.get("/healthz").status_code == 200
        until(lambda: served.get("/readyz").status_code == 200)
    finally:
        installation.end()


def test_a_server_without_its_redis_is_ready_and_says_what_is_away(
    installation: Installation, tmp_path: Path
) -> None:
    redis = RedisServer(tmp_path)
    installation.env["REDIS_URL"] = redis.url
    served = installation.serve("--no-runner")
    assert served.get("/readyz").json()["degraded"] == []
    redis.kill()
    away = ["layer: it does not answer"]
    until(lambda: served.get("/readyz").json()["degraded"] == away)
    answer = served.get("/readyz")
    assert (answer.status_code, answer.json()["ready"]) == (200, True)


def take_all(postgres: PostgresServer, taken: ExitStack) -> None:
    """Take every connection that the server has left."""
    while True:
        try:
            taken.enter_context(psycopg.connect(postgres.url, connect_timeout=5))
        except psycopg.OperationalError:
            return
