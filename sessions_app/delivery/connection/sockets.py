import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Protocol, runtime_checkable

from sessions_app.log.batch import Batch

# In a scope's extensions: the server's own Socket, past ASGI's send.
EXTENSION = "ringside.socket"
Frame = str | Batch
Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]


class Listener(Protocol):
    """The connection, as its socket calls it."""

    def flush(self) -> None:
        """The socket can take a frame again."""

    def acknowledge(self, frames: int) -> None: ...

    def spend(self) -> None:
        """The peer has sent a frame that it need not have sent so often."""


class ViewerSocket(Protocol):
    """How a connection's frames leave. None of these waits."""

    @property
    def is_ready(self) -> bool:
        """A frame may be written: the peer reads what it gets."""

    def write(self, frame: Frame) -> None: ...

    def attach(self, listener: Listener) -> None: ...

    def mute(self) -> None:
        """Read nothing more from the peer, who is about to be sent away."""


@runtime_checkable
class BusySocket(ViewerSocket, Protocol):
    """One with work of its own."""

    async def run(self) -> None:
        """Do it; returns when the peer is gone."""


class AsgiSocket:
    """Sends through ASGI, whatever the server.

    It is ready when nothing waits; what is written all the same waits its turn.
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
        pass  # the server reads, and asks nobody

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
                    return  # ASGI servers say so when the peer is gone
                self._frames.popleft()
            if self._listener is not None:
                self._listener.flush()
