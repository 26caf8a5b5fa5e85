from typing import Any

import pytest
from pytest_django import Settings

from sessions_app.people.origin import SameOrigin, is_own_origin

HTTP = "http://ring.example:8000"
HTTPS = "https://ring.example"


@pytest.mark.parametrize(
    ("origin", "own"),
    [
        ("http://ring.example:8000", HTTP),
        ("HTTP://RING.Example:8000", HTTP),
        ("https://ring.example", HTTPS),
        ("https://ring.example:443", HTTPS),
        ("https://ring.example", "https://ring.example:443"),
        ("http://ring.example", "http://ring.example:80"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("http://[::1]", "http://[::1]:80"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
    ],
)
def test_own_origin_is_known(origin: str, own: str) -> None:
    assert is_own_origin(origin, own)


@pytest.mark.parametrize(
    ("origin", "own"),
    [
        (None, HTTP),
        ("", HTTP),
        ("null", HTTP),
        ("http://ring.example:8001", HTTP),  # cookies ignore ports
        ("http://ring.example", HTTP),
        ("https://ring.example:8000", HTTP),
        ("http://ring.example", HTTPS),
        ("https://ring.example:0", HTTPS),
        ("http://evil.example:8000", HTTP),
        ("http://ring.example.evil:8000", HTTP),
        ("http://sub.ring.example:8000", HTTP),
        ("http://ring.example:8000@evil.example", HTTP),
        ("http://evil@ring.example:8000", HTTP),
        ("http://ring.example:8000/", HTTP),
        ("http://ring.example:8000/path", HTTP),
        ("http://ring.example:8000?", HTTP),
        ("http://ring.example:8000 http://evil.example", HTTP),
        ("http://ring.example:8000, http://evil.example", HTTP),
        ("http://ring.example:8000\t", HTTP),
        ("http://ring.example:port", HTTP),
        ("http://ring.example:99999", HTTP),
        ("http://[::1", "http://[::1]"),
        ("http://[::2]", "http://[::1]"),
        ("//ring.example:8000", HTTP),
        ("ring.example:8000", HTTP),
        ("file://ring.example:8000", HTTP),
        ("http://localhost:8000", "http://127.0.0.1:8000"),
    ],
)
def test_other_origin_is_not(origin: str | None, own: str) -> None:
    assert not is_own_origin(origin, own)


@pytest.mark.parametrize(
    ("origin", "trusted", "allowed"),
    [
        ("https://a.example", "https://a.example", True),
        ("https://a.example:443", "https://a.example", True),
        ("http://a.example", "https://a.example", False),
        ("https://a.example:8443", "https://a.example", False),
        ("https://a.example:8443", "https://a.example:8443", True),
        ("https://x.a.example", "https://a.example", False),
        ("https://x.a.example", "https://*.a.example", True),
        ("https://y.x.a.example", "https://*.a.example", True),
        ("https://xa.example", "https://*.a.example", False),
        ("http://x.a.example", "https://*.a.example", False),
        ("https://x.a.example:8443", "https://*.a.example", False),
        ("https://a.example", "a.example", False),
    ],
)
def test_trusted_origins_are_djangos(origin: str, trusted: str, allowed: bool) -> None:
    assert is_own_origin(origin, HTTP, [trusted]) is allowed


# --- at the handshake -------------------------------------------------------


async def shake_hands(
    *headers: tuple[str, str], scheme: str = "ws"
) -> list[dict[str, Any]]:
    """What the server says to a WebSocket's opening request."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "websocket.accept"})

    scope = {
        "type": "websocket",
        "scheme": scheme,
        "path": "/ws/",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers],
        "server": ("10.0.0.1", 8000),
        "client": ("10.0.0.2", 5000),
    }
    await SameOrigin(application)(scope, receive, send)
    return sent


ACCEPTED = [{"type": "websocket.accept"}]
REFUSED = [{"type": "websocket.close"}]


async def test_own_page_may_open_a_websocket() -> None:
    origin = ("origin", "http://localhost:8000")
    assert await shake_hands(("host", "localhost:8000"), origin) == ACCEPTED


async def test_page_of_another_port_may_not() -> None:
    origin = ("origin", "http://localhost:9000")
    assert await shake_hands(("host", "localhost:8000"), origin) == REFUSED


async def test_who_names_no_origin_may_not() -> None:
    assert await shake_hands(("host", "localhost:8000")) == REFUSED


async def test_two_origins_are_none() -> None:
    origin = ("origin", "http://localhost:8000")
    assert await shake_hands(("host", "localhost:8000"), origin, origin) == REFUSED


async def test_host_must_be_allowed() -> None:
    origin = ("origin", "http://evil.example")
    assert await shake_hands(("host", "evil.example"), origin) == REFUSED


async def test_secure_websocket_belongs_to_a_secure_page() -> None:
    host = ("host", "localhost")
    secure, plain = ("origin", "https://localhost"), ("origin", "http://localhost")
    assert await shake_hands(host, secure, scheme="wss") == ACCEPTED
    assert await shake_hands(host, plain, scheme="wss") == REFUSED
    assert await shake_hands(host, secure, scheme="ws") == REFUSED


async def test_proxy_may_vouch_for_the_scheme(settings: Settings) -> None:
    host, origin = ("host", "localhost"), ("origin", "https://localhost")
    vouched = ("x-forwarded-proto", "https")
    assert await shake_hands(host, origin, vouched) == REFUSED
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert await shake_hands(host, origin, vouched) == ACCEPTED
    assert await shake_hands(host, origin) == REFUSED


async def test_trusted_page_of_another_host_may(settings: Settings) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["https://*.ring.example"]
    origin = ("origin", "https://www.ring.example")
    assert await shake_hands(("host", "localhost:8000"), origin) == ACCEPTED


async def test_refusal_tells_the_operator(caplog: pytest.LogCaptureFixture) -> None:
    await shake_hands(("host", "localhost:8000"), ("origin", "http://localhost:1"))
    assert "own='http://localhost:8000'" in caplog.text
