import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Protocol, runtime_checkable

from sessions_app.log.batch import Batch

# The key in the scope's extensions of the server's own socket, which bypasses ASGI's
# `send`.
EXTENSION = "ringside.socket"
Frame = str | Batch
Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]


class Listener(Protocol):
    """The part of a connection that its socket calls."""

    def flush(self) -> None:
        """Send what waited: the socket is ready again."""

    def acknowledge(self, frames: int) -> None: ...

    def spend(self) -> None:
        """Count a rate-limited frame from the peer, such as a ping."""


class ViewerSocket(Protocol):
    """The socket that a connection writes its frames to. No method blocks."""

    @property
    def is_ready(self) -> bool:
        """True if a frame may be written: the peer is reading its frames."""

    def write(self, frame: Frame) -> None: ...

    def attach(self, listener: Listener) -> None: ...

    def mute(self) -> None:
        """Stop reading from the peer; the connection is about to be closed."""


@runtime_checkable
class BusySocket(ViewerSocket, Protocol):
    """A socket that needs a task of its own."""

    async def run(self) -> None:
        """Run the socket's task; return when the peer is gone."""


class AsgiSocket:
    """A socket that sends through ASGI, on any server.

    The socket is ready when its queue is empty; frames written until then are queued.
    """

    def __init__(self, send: Send) -> None:
        self._send = send
        self._frames: deque[Frame] = deque()
        self._is_written = asyncio.Event()
        self._listener: Listener | None = None

    @property
    def is_ready(self) -> bool:
        return not self._frames

    def write(self, frame: Frame) -> None:
        self._frames.append(frame)
        self._is_written.set()

    def attach(self, listener: Listener) -> None:
        self._listener = listener

    def mute(self) -> None:
        pass  # an ASGI application cannot stop the server's reading

    async def run(self) -> None:
        while True:
            await self._is_written.wait()
            self._is_written.clear()
            while self._frames:
                frame = self._frames[0]
                text = frame.text if isinstance(frame, Batch) else frame
                try:
                    await self._send({"type": "websocket.send", "text": text})
                except (OSError, RuntimeError):
                    return  # ASGI servers raise these when the peer is gone
                self._frames.popleft()
            if self._listener is not None:
                self._listener.flush()
