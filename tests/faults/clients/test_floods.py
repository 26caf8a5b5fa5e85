import re
import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest
from django.conf import settings

from tests.conftest import Install
from tests.runners.sessions import Sessions
from tests.servers.installation import Installation, Served
from tests.servers.process import until
from tests.servers.stack import POSTGRES, SQLITE

HEALED_S = 5.0
# Of a web process besides the pool: the feed's two, and one each for the log, /readyz,
# the check whether the database answers, and what lets sockets in.
LASTING = 6
CONNECTIONS = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database()"
BIG = """INSERT INTO sessions_app_event (session_id, seq, type, stream, ts, data)
SELECT ?, n, 'text', 'm' || n, 1, '{"type":"text","sessionId":"' || ? || '","seq":' || n
|| ',"ts":1,"block":"m' || n || '","text":"' || repeat('x', 60000) || '"}'
FROM generate_series(1, 300) AS n RETURNING 1"""


@pytest.fixture(scope="module")
def installation(install_for_module: Install) -> Installation:
    return install_for_module(POSTGRES)


@pytest.fixture(scope="module")
def served(installation: Installation) -> Served:
    return installation.serve("--no-runner")


@pytest.fixture
def sockets(served: Served) -> Iterator[list[socket.socket]]:
    with ExitStack() as stack:
        yield [
            stack.enter_context(closing(socket.create_connection(("127.0.0.1", p))))
            for p in [served.port] * 200
        ]


def ask(one: socket.socket, path: str, cookie: str = "") -> None:
    head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n\r\n"
    one.sendall(head.encode())


def connections(installation: Installation) -> int:
    """Count the connections to the database, but for this one."""
    return int(installation.rows(CONNECTIONS)[0][0]) - 1


def is_well(served: Served) -> bool:
    began = time.monotonic()
    codes = {served.get(path).status_code for path in ("/signin/", "/readyz")}
    return codes == {200} and time.monotonic() - began < HEALED_S


def test_a_flood_of_requests_takes_a_stated_number_of_connections_and_heals(
    installation: Installation, served: Served, sockets: list[socket.socket]
) -> None:
    for number, one in enumerate(sockets):
        ask(one, f"/share/x{number}/")
    most = 0
    answers: Counter[bytes] = Counter()
    for one in sockets:
        most = max(most, connections(installation))
        one.settimeout(60)
        answers[one.recv(12)[9:12]] += 1
    assert set(answers) <= {b"404", b"429", b"503"}
    assert answers[b"404"] > settings.HTTP_REQUESTS_MAX
    assert most <= settings.DATABASE_POOL_MAX + LASTING
    ended = time.monotonic()
    until(lambda: is_well(served))
    assert time.monotonic() - ended < HEALED_S


def test_slow_readers_of_exports_hold_neither_connections_nor_other_peoples_pages(
    installation: Installation, served: Served, sockets: list[socket.socket]
) -> None:
    big = Sessions(installation).queue("a long one", engine="exec")
    installation.rows(BIG, big, big)
    installation.rows(
        "UPDATE sessions_app_agentsession SET head_seq = 300, status = 'completed' "
        "WHERE id = ? RETURNING 1",
        big,
    )
    with closing(installation.sign_in(served.url)) as client:
        cookie = "; ".join(f"{key}={value}" for key, value in client.cookies.items())
        for one in sockets[:60]:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            ask(one, f"/sessions/{big}/export.jsonl", cookie)
        for one in sockets[:60]:
            one.settimeout(60)
            assert one.recv(9) == b"HTTP/1.1 "
        until(lambda: client.get(f"/sessions/{big}/events?after=299").is_success)
        assert connections(installation) <= settings.DATABASE_POOL_MAX + LASTING
        export = f"/sessions/{big}/export.jsonl"
        assert client.get(export).status_code == 503  # theirs are all under way
        for one in sockets[:60]:
            one.close()
        until(lambda: client.get(export).text.count('"type":"text"') == 300)


def test_a_flood_of_requests_to_sqlite_is_bounded_too(install: Install) -> None:
    served = install(SQLITE).serve("--no-runner")
    with ExitStack() as stack:
        flood = []
        for number in range(200):
            # From so many addresses that the bound of one of them bounds little.
            here = (f"127.0.0.{2 + number % 20}", 0)
            one = socket.create_connection(("127.0.0.1", served.port), None, here)
            flood.append(stack.enter_context(closing(one)))
            ask(one, f"/share/x{number}/")
        threads = 0
        for one in flood:
            status = f"/proc/{served.process.pid}/status"
            with open(status) as file:  # noqa: PTH123
                found = re.search(r"Threads:\s+(\d+)", file.read())
            threads = max(threads, int(found[1]) if found else 0)
            one.settimeout(60)
            assert one.recv(12)[9:12] in {b"404", b"429", b"503"}
    assert threads < 2 * settings.HTTP_REQUESTS_MAX + 20
