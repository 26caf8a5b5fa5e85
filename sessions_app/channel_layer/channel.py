import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sessions_app.channel_layer.frame import Frames

Message = dict[str, Any]


class Channel:
    """A Unix socket in the layer's directory, and the messages received on it."""

    def __init__(self, path: Path, capacity: int) -> None:
        self._path = path
        self._waiting: asyncio.Queue[Message] = asyncio.Queue(capacity)
        self._on_message: Callable[[Message], None] | None = None
        self._senders: set[asyncio.BaseTransport] = set()
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Start to listen on the socket. Raises OSError."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_unix_server(
            lambda: _Sender(self._senders, self._deliver), self._path
        )

    async def receive(self) -> Message:
        return await self._waiting.get()

    async def listen(self, on_message: Callable[[Message], None]) -> None:
        """Call `on_message` with each message as soon as it arrives, for ever."""
        while not self._waiting.empty():
            on_message(self._waiting.get_nowait())
        self._on_message = on_message
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            self._on_message = None

    def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for sender in list(self._senders):
            sender.close()
        self._path.unlink(missing_ok=True)

    def _deliver(self, message: Message) -> None:
        if self._on_message is not None:
            self._on_message(message)
        elif not self._waiting.full():  # a message above the capacity is dropped
            self._waiting.put_nowait(message)


class _Sender(asyncio.Protocol):
    """The receiving end of one sending process's connection."""

    def __init__(
        self, senders: set[asyncio.BaseTransport], take: Callable[[Message], None]
    ) -> None:
        self._senders = senders
        self._deliver = take
        self._frames = Frames()
        self._transport: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._senders.add(transport)

    def data_received(self, data: bytes) -> None:
        for message in self._frames.feed(data):
            self._deliver(message)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._transport is not None:
            self._senders.discard(self._transport)
