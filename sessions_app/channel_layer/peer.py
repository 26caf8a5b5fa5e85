import socket
from pathlib import Path


class Peer:
    """The sending end of a connection to a channel; no method blocks."""

    def __init__(self, path: Path) -> None:
        """Connect. Raises OSError; ConnectionRefusedError if no process listens."""
        self._rest = b""  # the unsent rest of the last frame; goes before the next one
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._socket.setblocking(False)
            self._socket.connect(str(path))
        except OSError:
            self._socket.close()
            raise

    def send(self, frame: bytes) -> bool:
        """Send a frame; return False if it is dropped because the reader is behind.

        Raises OSError.
        """
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
        """Write as much as the socket takes; return the rest."""
        try:
            return data[self._socket.send(data) :]
        except BlockingIOError:
            return data

    def close(self) -> None:
        self._socket.close()
