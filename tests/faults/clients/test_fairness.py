import json
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

import httpx2
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from sessions_app.protocol.close_codes import CloseCode
from tests.conftest import Install
from tests.runners.sessions import Sessions
from tests.servers.installation import Served
from tests.servers.process import until
from tests.servers.stack import SQLITE

SESSIONS = 150  # of which the list tells
GREEDY = 30  # sockets of one person
ASKED = 500  # times, on each
SUBSCRIBED_WITHIN_S = 4.0  # it was 8 and more; a busy machine has its part in it
SIGNED_OUT_WITHIN_S = 6.0  # promised are 5; the rest is a busy machine's
WATCH = json.dumps({"type": "watch_sessions"})


class People:
    """Three of them, signed in on one server, and a session to watch."""

    def __init__(self, install: Install) -> None:
        installation = install(SQLITE)
        sessions = Sessions(installation)
        for number in range(SESSIONS):
            self.session = sessions.queue(f"Session {number}", engine="exec")
        # By default so many are a person's that a test would take long to open them.
        self.served = installation.serve(
            "--no-runner", RINGSIDE_SOCKETS_OF_PERSON_MAX="64"
        )
        for name in ("v", "a", "b"):
            installation.manage("signin", name, "--create")
        installation.rows("UPDATE auth_user SET is_superuser = ? RETURNING 1", True)
        self.greedy, self.ordinary, self.leaving = (
            installation.sign_in(self.served.url, name) for name in ("v", "a", "b")
        )


@pytest.fixture(scope="module")
def people(install_for_module: Install) -> Iterator[People]:
    people = People(install_for_module)
    yield people
    for client in (people.greedy, people.ordinary, people.leaving):
        client.close()


@contextmanager
def open_socket(
    served: Served, cookies: Mapping[str, str]
) -> Iterator[ClientConnection]:
    cookie = "; ".join(f"{key}={value}" for key, value in cookies.items())
    with connect(
        served.websocket_url,
        additional_headers={"Cookie": cookie},
        origin=Origin(served.url),
        max_size=2**24,
        ping_interval=None,
        open_timeout=60,
    ) as one:
        yield one


@contextmanager
def subscribe(people: People, client: httpx2.Client) -> Iterator[ClientConnection]:
    with open_socket(people.served, dict(client.cookies)) as one:
        asked = {"type": "subscribe", "session": people.session, "after": 0}
        one.send(json.dumps(asked))
        said = json.loads(one.recv(timeout=60))
        assert said["type"] == "subscribed"
        yield one


def read_on(one: ClientConnection) -> None:
    """Read until the socket is closed, which raises."""
    while True:
        one.recv(timeout=30)


def sign_out(client: httpx2.Client) -> None:
    page = client.get("/")
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert token is not None
    said = client.post("/signout/", data={"csrfmiddlewaretoken": token[1]})
    assert said.status_code in {200, 302}


def test_who_asks_for_lists_without_end_delays_nobody_else(people: People) -> None:
    with ExitStack() as stack:
        leaving = stack.enter_context(subscribe(people, people.leaving))
        cookies = dict(people.greedy.cookies)
        flood = [
            stack.enter_context(open_socket(people.served, cookies))
            for _ in range(GREEDY)
        ]
        for one in flood:
            for _ in range(ASKED):
                one.send(WATCH)
        began = time.monotonic()
        stack.enter_context(subscribe(people, people.ordinary))
        assert time.monotonic() - began < SUBSCRIBED_WITHIN_S
        sign_out(people.leaving)
        began = time.monotonic()
        with pytest.raises(ConnectionClosed) as closed:
            read_on(leaving)
        assert time.monotonic() - began < SIGNED_OUT_WITHIN_S
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == CloseCode.NOT_SIGNED_IN


def test_who_asked_ten_times_before_an_answer_has_the_list_all_the_same(
    people: People,
) -> None:
    with open_socket(people.served, dict(people.ordinary.cookies)) as one:
        for _ in range(10):
            one.send(WATCH)
        said = json.loads(one.recv(timeout=60))
        assert said["type"] == "sessions"
        assert len(said["sessions"]) >= SESSIONS


def test_one_person_has_so_many_sockets_and_no_more(people: People) -> None:
    cookies = dict(people.greedy.cookies)
    with ExitStack() as stack:
        codes = []
        for _ in range(70):
            one = stack.enter_context(open_socket(people.served, cookies))
            try:
                one.send(json.dumps({"type": "ping"}))
                one.recv(timeout=60)
            except ConnectionClosed as error:
                codes.append(error.rcvd.code if error.rcvd else 0)
        assert codes
        assert set(codes) == {CloseCode.TOO_MANY_SOCKETS}
        stack.enter_context(subscribe(people, people.ordinary))

    def is_let_in() -> bool:
        with open_socket(people.served, cookies) as again:
            try:
                again.send(json.dumps({"type": "ping"}))
                return bool(json.loads(again.recv(timeout=60))["type"] == "pong")
            except ConnectionClosed:
                return False

    until(is_let_in)
