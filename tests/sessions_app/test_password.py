import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from sessions_app.people import signin

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def _few(settings: LazySettings) -> None:
    settings.AXES_FAILURE_LIMIT = 3


@pytest.fixture
def carol(db: None) -> User:
    return User.objects.create_user("carol", password=PASSWORD)


def enter(client: Client, password: str, address: str = "10.0.0.1") -> int:
    fields = {"username": "carol", "password": password}
    answer = client.post("/signin/", fields, REMOTE_ADDR=address)
    return answer.status_code


def test_who_guesses_a_password_must_wait(client: Client, carol: User) -> None:
    assert [enter(client, "wrong") for _ in range(3)] == [200, 200, 429]
    assert enter(client, PASSWORD) == 429
    assert enter(client, PASSWORD, "10.0.0.2") == 302  # its owner, elsewhere


def test_who_gets_it_right_in_between_begins_anew(client: Client, carol: User) -> None:
    for _ in range(3):
        assert [enter(client, word) for word in ("wrong", "wrong", PASSWORD)][2] == 302
        client.logout()


def test_link_signs_in_whoever_is_shut_out(client: Client, carol: User) -> None:
    for _ in range(3):
        enter(client, "wrong")
    path = f"/signin/{signin.mint(carol)}/"
    answer = client.post(path, REMOTE_ADDR="10.0.0.1")
    assert answer.status_code == 302


def test_who_is_signed_in_costs_no_query_for_it(client: Client, carol: User) -> None:
    client.force_login(carol)
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/").status_code == 200
    assert len(queries) > 0
    assert not [query for query in queries if "axes" in query["sql"]]
