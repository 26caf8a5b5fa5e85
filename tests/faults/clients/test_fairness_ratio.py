import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from statistics import median

import pytest

from tests.conftest import Install
from tests.faults.clients.test_fairness import WATCH, open_socket
from tests.runners.sessions import Sessions
from tests.servers.installation import Served
from tests.servers.stack import SQLITE

GREEDY = 10  # people, each of whom asks for the list without end
SOCKETS = 3  # of each of them
ASKED = 300  # times, on each
ROUNDS = 5  # alone and beside the greedy ones, in turn
SAMPLES = 40  # subscribes of a round
RATIO_MAX = 2.0
FLOOR_S = 0.02  # shorter is as good as at once, and mere chance on a busy machine
Seconds = float


class Crowd:
    """An ordinary viewer and ten greedy ones, signed in on one server."""

    def __init__(self, install: Install) -> None:
        installation = install(SQLITE)
        sessions = Sessions(installation)
        for number in range(100):
            self.session = sessions.queue(f"Session {number}", engine="exec")
        self.served: Served = installation.serve("--no-runner")
        names = ["ordinary", *(f"greedy{number}" for number in range(GREEDY))]
        for name in names:
            installation.manage("signin", name, "--create")
        installation.rows("UPDATE auth_user SET is_superuser = ? RETURNING 1", True)
        self.ordinary, *self.greedy = (
            installation.sign_in(self.served.url, name) for name in names
        )

    def flood(self, stack: ExitStack) -> None:
        """Ask for the list, over and over, and read none of the answers."""
        for client in self.greedy:
            for _ in range(SOCKETS):
                cookies = dict(client.cookies)
                one = stack.enter_context(open_socket(self.served, cookies))
                for _ in range(ASKED):
                    one.send(WATCH)

    def subscribe_p99(self) -> Seconds:
        """Time the ordinary viewer's subscribes, on one socket."""
        took = []
        asked = {"type": "subscribe", "session": self.session, "after": 0}
        ended = {"type": "unsubscribe", "session": self.session}
        with open_socket(self.served, dict(self.ordinary.cookies)) as one:
            for _ in range(SAMPLES):
                began = time.monotonic()
                one.send(json.dumps(asked))
                while json.loads(one.recv(timeout=60))["type"] != "subscribed":
                    pass
                took.append(time.monotonic() - began)
                one.send(json.dumps(ended))
                while json.loads(one.recv(timeout=60))["type"] != "unsubscribed":
                    pass
        return sorted(took)[int(len(took) * 0.99) - 1]


@pytest.fixture
def crowd(install: Install) -> Iterator[Crowd]:
    crowd = Crowd(install)
    yield crowd
    for client in (crowd.ordinary, *crowd.greedy):
        client.close()


def test_ten_greedy_viewers_leave_an_ordinary_one_twice_the_wait_or_20_ms(
    crowd: Crowd,
) -> None:
    alone, beside = [], []
    for _ in range(ROUNDS):
        alone.append(crowd.subscribe_p99())
        with ExitStack() as stack:
            crowd.flood(stack)
            beside.append(crowd.subscribe_p99())
    assert median(beside) <= RATIO_MAX * max(median(alone), FLOOR_S)
