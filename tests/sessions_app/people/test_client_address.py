import pytest
from django.conf import LazySettings
from django.test import RequestFactory

from sessions_app.people.client_address import client_address


def test_address_is_the_peers(rf: RequestFactory) -> None:
    forged = rf.get("/", REMOTE_ADDR="::1", headers={"X-Forwarded-For": "10.0.0.9"})
    assert client_address(forged) == "::1"


@pytest.mark.parametrize(
    ("forwarded", "found"),
    [("10.0.0.9", "10.0.0.9"), ("1.2.3.4, 10.0.0.9", "10.0.0.9"), ("x", None)],
)
def test_behind_a_proxy_it_is_what_the_proxy_added(
    rf: RequestFactory, settings: LazySettings, forwarded: str, found: str | None
) -> None:
    settings.BEHIND_PROXY = True
    request = rf.get("/", headers={"X-Forwarded-For": forwarded})
    assert client_address(request) == found


def test_socket_without_an_address_has_none(rf: RequestFactory) -> None:
    assert client_address(rf.get("/", REMOTE_ADDR="")) is None
