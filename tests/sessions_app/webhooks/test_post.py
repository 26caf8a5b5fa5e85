import time
from ipaddress import ip_address, ip_network

import pytest
from django.conf import LazySettings

from sessions_app.webhooks.address import is_public
from sessions_app.webhooks.post import post
from sessions_app.webhooks.target import BadTarget, check_url
from tests.sessions_app.webhooks.receiver import Receiver

LOOPBACK = [ip_network("127.0.0.0/8")]


class Names:
    """A resolver that says something else each time."""

    def __init__(self, *answers: str) -> None:
        self._answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        return [self._answers.pop(0)]


async def test_redirect_is_not_followed(settings: LazySettings) -> None:
    settings.WEBHOOK_ALLOWED = LOOPBACK
    async with Receiver() as other:
        moved = f"HTTP/1.1 307 Moved\r\nLocation: {other.url}\r\n\r\n".encode()
        async with Receiver([moved]) as first:
            assert await post(first.url, b"{}", {}) == 307
        assert (len(first.taken), len(other.taken)) == (1, 0)


async def test_private_address_is_refused_unless_it_is_listed(
    settings: LazySettings,
) -> None:
    async with Receiver() as receiver:
        with pytest.raises(BadTarget, match="RINGSIDE_WEBHOOK_ALLOWED"):
            await post(receiver.url, b"{}", {})
        named = f"http://localhost:{receiver.port}/"
        with pytest.raises(BadTarget, match="RINGSIDE_WEBHOOK_ALLOWED"):
            await post(named, b"{}", {})
        assert not receiver.taken
        settings.WEBHOOK_ALLOWED = LOOPBACK
        assert await post(receiver.url, b"{}", {}) == 204


async def test_connection_goes_to_the_address_that_was_checked(
    settings: LazySettings,
) -> None:
    """The name means another address a moment later; nobody asks it again."""
    settings.WEBHOOK_ALLOWED = [ip_network("127.0.0.1")]
    names = Names("127.0.0.1", "127.0.0.2")
    async with (
        Receiver() as checked,
        Receiver(host="127.0.0.2", port=checked.port) as later,
    ):
        url = f"http://changes.invalid:{checked.port}/hook"
        assert await post(url, b"{}", {}, names) == 204
        assert (len(checked.taken), len(later.taken)) == (1, 0)
        assert checked.taken[0].headers["host"] == f"changes.invalid:{checked.port}"
        assert names.asked == ["changes.invalid"]
        with pytest.raises(BadTarget, match="private"):
            await post(url, b"{}", {}, names)
        assert not later.taken


async def test_plain_http_goes_to_listed_addresses_alone() -> None:
    with pytest.raises(BadTarget, match="https"):
        await post("http://public.invalid/", b"{}", {}, Names("93.184.216.34"))


async def test_receiver_that_is_slow_or_says_much_is_left(
    settings: LazySettings,
) -> None:
    settings.WEBHOOK_ALLOWED = LOOPBACK
    settings.WEBHOOK_SEND_MAX_S = 0.3
    async with Receiver([b""]) as slow:
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            await post(slow.url, b"{}", {})
        assert time.monotonic() - began < 10
    settings.WEBHOOK_SEND_MAX_S = 30
    flood = b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 4_000_000
    async with Receiver([flood]) as chatty:
        assert await post(chatty.url, b"{}", {}) == 200


async def test_proxy_of_the_environment_is_not_asked(
    settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WEBHOOK_ALLOWED = LOOPBACK
    async with Receiver() as proxy, Receiver() as receiver:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
        assert await post(receiver.url, b"{}", {}) == 204
    assert (len(proxy.taken), len(receiver.taken)) == (0, 1)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 not bound
        ("224.0.0.1", False),
        ("239.1.1.1", False),
        ("::1", False),
        ("fe80::1", False),
        ("fc00::1", False),
        ("ff0e::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:93.184.216.34", True),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
    ],
)
def test_address_is_private_however_it_is_written(address: str, public: bool) -> None:
    assert is_public(ip_address(address)) is public


@pytest.mark.parametrize(
    "url",
    [
        "ftp://a.example/", "https://", "https://u:p@a.example/", "//a.example",
        "https://a.example:99999/", "https://a b.example/", "https://ä.example/", "x",
        "https://a.example/" + "x" * 2000, "https://[::1", "file:///etc/passwd",
    ],
)  # fmt: skip
def test_what_is_no_address_on_the_web_is_refused(url: str) -> None:
    with pytest.raises(BadTarget, match="url"):
        check_url(url)
