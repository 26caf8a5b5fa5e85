import re
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import httpx2
import pytest
from django.conf import settings

from tests.conftest import Install
from tests.servers.installation import Installation, Served
from tests.servers.process import PATIENCE_S, until
from tests.servers.stack import SQLITE

GROWTH_MAX_KB = 30_000
MB = 2**20


@pytest.fixture(scope="module")
def installed(install_for_module: Install) -> Installation:
    return install_for_module(SQLITE)


@pytest.fixture(scope="module")
def served(installed: Installation) -> Served:
    return installed.serve("--no-runner", "--signin")


@pytest.fixture
def token(installed: Installation, served: Served) -> str:
    served.process.prints("/signin/")  # there is a user
    words = ("token", "create", "t", "--user", "admin", "--scope", "control")
    return installed.manage(*words).strip()


@pytest.fixture
def peer(served: Served) -> Iterator[socket.socket]:
    with closing(socket.create_connection(("127.0.0.1", served.port))) as peer:
        peer.settimeout(20)
        yield peer


def head(length: int | None, path: str = "/signin/", cookie: str = "") -> bytes:
    body = (
        "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    )
    form = "Content-Type: application/x-www-form-urlencoded"
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{form}\r\n{body}\r\n"
        f"Cookie: {cookie}\r\n\r\n"
    ).encode()


def memory_kb(served: Served) -> int:
    status = Path(f"/proc/{served.process.pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+)", status)
    return int(found[1]) if found else 0


def answer(peer: socket.socket) -> bytes:
    try:
        return peer.recv(4096)
    except ConnectionResetError:  # it was sent away amid its body
        return b"reset"
    except TimeoutError:
        return b"nothing"


def send_all(peer: socket.socket, data: bytes, times: int) -> int:
    """Send until the peer is cut off; return how often it was possible."""
    for number in range(times):
        try:
            peer.sendall(data)
        except OSError:
            return number
    return times


def test_a_body_of_any_size_is_refused_before_a_byte_of_it_is_kept(
    served: Served, peer: socket.socket
) -> None:
    before = memory_kb(served)
    peer.sendall(head(300 * MB))
    assert answer(peer).startswith(b"HTTP/1.1 413 ")
    assert send_all(peer, b"a" * MB, 300) < 300
    assert memory_kb(served) - before < GROWTH_MAX_KB


def test_a_body_of_no_stated_size_is_refused_as_it_grows(
    served: Served, peer: socket.socket
) -> None:
    before = memory_kb(served)
    peer.sendall(head(None))
    chunk = b"10000\r\n" + b"a" * 0x10000 + b"\r\n"
    assert send_all(peer, chunk, 5000) < 5000
    assert memory_kb(served) - before < GROWTH_MAX_KB


@pytest.mark.parametrize("length", [200_000, None], ids=["stated", "chunked"])
@pytest.mark.parametrize("cookie", ["", "ringside_session=made_up"])
def test_more_than_a_form_needs_a_session_before_it_is_read(
    peer: socket.socket, length: int | None, cookie: str
) -> None:
    peer.sendall(head(length, cookie=cookie))
    if length is None:
        peer.sendall(b"18000\r\n" + b"a" * 0x18000 + b"\r\n")
    assert answer(peer)[:12] in {b"HTTP/1.1 413", b"reset"}


def test_who_is_signed_in_may_send_more_than_a_form(
    served: Served, peer: socket.socket
) -> None:
    with closing(served.first_sign_in()) as client:
        cookie = f"ringside_session={client.cookies['ringside_session']}"
        peer.sendall(head(settings.HTTP_BODY_MAX_BYTES + 1, cookie=cookie))
        assert answer(peer).startswith(b"HTTP/1.1 413 ")  # before any of it is sent
        with closing(socket.create_connection(("127.0.0.1", served.port))) as other:
            other.settimeout(60)
            other.sendall(head(None, cookie=cookie))
            send_all(other, b"10000\r\n" + b"a" * 0x10000 + b"\r\n", 40)
            send_all(other, b"0\r\n\r\n", 1)
            assert answer(other)[:12] in {b"HTTP/1.1 413", b"reset"}
        for size in (70_000, 200_000, 900_000):
            said = client.post("/api/v1/sessions/s_none/commands", content=b"x" * size)
            assert said.status_code in {403, 404}, said.text  # it was read, and judged

        def chunks() -> Iterator[bytes]:
            for _ in range(20):
                yield b"x" * 10_000

        said = client.post("/api/v1/sessions/s_none/commands", content=chunks())
        assert said.status_code in {403, 404}
        too_much = b"x" * (settings.HTTP_BODY_MAX_BYTES + 1)
        try:
            said = client.post("/api/v1/sessions/s_none/commands", content=too_much)
        except OSError:
            return
        assert said.status_code == 413


def test_a_program_with_a_token_may_send_more_than_a_form(
    served: Served, token: str
) -> None:
    for sent, status in ((token, 404), (f"{token}x", 413)):
        said = httpx2.post(
            f"{served.url}/api/v1/sessions/s_none/commands",
            content=b"x" * 200_000,
            headers={"Authorization": f"Bearer {sent}", "Idempotency-Key": "k"},
            timeout=PATIENCE_S,
        )
        assert said.status_code == status


@pytest.fixture
def hasty(install: Install) -> Served:
    """A server that waits for nobody for long; the settings are its own."""
    return install(SQLITE).serve(
        "--no-runner",
        RINGSIDE_HTTP_HEADERS_MAX_S="1",
        RINGSIDE_HTTP_BODY_MAX_S="1.5",
        RINGSIDE_HTTP_SOCKETS_OF_ADDRESS_MAX="40",
    )


def test_who_sends_a_request_byte_by_byte_is_cut_off(hasty: Served) -> None:
    with ExitStack() as stack:
        for start in (b"", b"GET / HTTP/1.1\r\nX-", head(500)):
            peer = socket.create_connection(("127.0.0.1", hasty.port))
            stack.enter_context(closing(peer)).settimeout(0.1)
            peer.sendall(start)
            began = time.monotonic()
            until(lambda peer=peer: is_cut(peer), within=30)  # type: ignore[misc]
            assert time.monotonic() - began < 10


def is_cut(peer: socket.socket) -> bool:
    """Send a byte more, as whoever goes slow does; tell whether that is over."""
    try:
        peer.sendall(b"a")
        return peer.recv(4096) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


def test_one_address_has_so_many_sockets_and_no_more(hasty: Served) -> None:
    with ExitStack() as stack:
        peers = [
            stack.enter_context(
                closing(socket.create_connection(("127.0.0.1", hasty.port)))
            )
            for _ in range(60)
        ]
        cut = 0
        for peer in peers:
            peer.settimeout(0.2)
            try:
                cut += peer.recv(1) == b""
            except TimeoutError:
                continue
        assert cut >= 20
    until(lambda: hasty.get("/signin/").status_code == 200)
