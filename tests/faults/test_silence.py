import base64
import os
import socket
import time
from collections.abc import Mapping
from contextlib import closing

from tests.installation import Installation, Served

FOUND_WITHIN_S = 20.0  # a client that is gone without a word


def test_a_client_that_answers_no_ping_is_cut_off(installation: Installation) -> None:
    server = installation.serve("--signin", "--no-runner")
    with closing(server.first_sign_in()) as person:
        cookies = dict(person.cookies)
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(handshake(server, cookies))
        assert client.recv(65536).startswith(b"HTTP/1.1 101")
        assert b"\x89" in all_that_comes(client)  # it had asked for a pong


def all_that_comes(client: socket.socket) -> bytes:
    """Read to the end, which must come in time; what is read is not answered."""
    deadline = time.monotonic() + FOUND_WITHIN_S
    received = b""
    while True:
        client.settimeout(max(0.01, deadline - time.monotonic()))
        try:
            more = client.recv(65536)
        except ConnectionResetError:
            return received
        if not more:
            return received
        received += more


def handshake(server: Served, cookies: Mapping[str, str]) -> bytes:
    lines = (
        "GET /ws/ HTTP/1.1",
        f"Host: 127.0.0.1:{server.port}",
        f"Origin: {server.url}",
        "Cookie: " + "; ".join(f"{name}={value}" for name, value in cookies.items()),
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        "Sec-WebSocket-Version: 13",
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
