import base64
import os
import socket
import struct
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from sessions_app.protocol.encoding.codec import encode
from sessions_app.protocol.frames import Subscribe
from tests.servers.installation import Served

TEXT, PING = 0x81, 0x89
SMALL_BUFFER = 4096  # bytes that the kernel takes for a client that does not read


class RawClient:
    """A WebSocket client with no library between it and the wire: it does no more
    than it is told, and so is as rude as it likes."""

    def __init__(self, server: Served, cookies: Mapping[str, str]) -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
        self._socket.connect(("127.0.0.1", server.port))
        self._socket.settimeout(20.0)
        self._socket.sendall(_handshake(server, cookies))
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self._socket.recv(1)
        assert answer.startswith(b"HTTP/1.1 101"), answer

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._socket.close()

    def subscribe(self, session: str) -> None:
        self.say(encode(Subscribe(session=session, after=0)).encode())

    def say(self, payload: bytes, opcode: int = TEXT) -> None:
        self._socket.sendall(frame(payload, opcode))

    def read(self, most: int = 65536) -> bytes:
        """Read what there is; nothing: the server has closed or cut it."""
        try:
            return self._socket.recv(most)
        except ConnectionResetError:
            return b""

    def read_all(self, within: float) -> bytes:
        """Read to the end, which must come in time; what is read is not answered."""
        deadline = time.monotonic() + within
        received = b""
        while more := self.read():
            received += more
            self._socket.settimeout(max(0.01, deadline - time.monotonic()))
        return received

    def is_cut(self) -> bool:
        """Tell whether the server has let go of it; nothing is read for that."""
        try:
            self.say(b"", PING)
        except OSError:
            return True
        return False


def frame(payload: bytes, opcode: int) -> bytes:
    """A masked frame, as clients must send; the mask changes nothing."""
    assert len(payload) < 126
    return struct.pack("BB4x", opcode, 0x80 | len(payload)) + payload


def _handshake(server: Served, cookies: Mapping[str, str]) -> bytes:
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
