import socket
from pathlib import Path


class Peer:
    """A channel of another process, as one sends to it: without ever waiting."""

    def __init__(self, path: Path) -> None:
        """Connect. Raises OSError; a ConnectionRefusedError if nobody reads there."""
        self._rest = b""  # of the frame that went last: the next may not begin before
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._socket.setblocking(False)
            self._socket.connect(str(path))
        except OSError:
            self._socket.close()
            raise

    def send(self, frame: bytes) -> bool:
        """Send a frame, or lose it where the reader is behind. Raises OSError."""
        if self._rest:
            self._rest = self._write(self._rest)
        if self._rest:
            return False
        rest = self._write(frame)
        if len(rest) == len(frame):
            return False
        self._rest = rest
        return True

    def _write(self, data: bytes) -> bytes:
        """Write what the socket takes; return the rest."""
        try:
            return data[self._socket.send(data) :]
        except BlockingIOError:
            return data

    def close(self) -> None:
        self._socket.close()
