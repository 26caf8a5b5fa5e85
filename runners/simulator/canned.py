import asyncio
from itertools import pairwise
from typing import Literal, Protocol

from msgspec import Struct, field

from runners.simulator.connection import HttpConnection

PING = b'event: ping\ndata: {"type":"ping"}\n\n'
PING_S = 0.02  # far more often than the API


class CannedAnswer(Protocol):
    """What a request is answered with, whatever it asks."""

    async def send(self, connection: HttpConnection) -> None: ...


class Canned(Struct, frozen=True, kw_only=True):
    """A whole response to send as it is."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    async def send(self, connection: HttpConnection) -> None:
        """Answer a request with it."""
        headers = {"content-type": "application/json"} | self.headers
        await connection.respond(self.status, headers, self.body)


class CannedStream(Struct, frozen=True, kw_only=True):
    """A recorded stream to send byte by byte as it was, cut at given positions."""

    body: bytes
    cuts: tuple[int, ...] = ()
    # A clean end of the body, a closed connection amid it, silence, or pings alone.
    ending: Literal["clean", "cut", "silence", "pings"] = "clean"

    async def send(self, connection: HttpConnection) -> None:
        """Answer a request with it, one HTTP chunk for each cut."""
        await connection.open(200, {"content-type": "text/event-stream; charset=utf-8"})
        for start, end in pairwise(sorted({0, *self.cuts, len(self.body)})):
            await connection.chunk(self.body[start:end])
            await asyncio.sleep(0)
        match self.ending:
            case "clean":
                await connection.finish()
            case "cut":
                connection.close()
            case "silence":
                await asyncio.Event().wait()
            case "pings":
                while True:
                    await connection.chunk(PING)
                    await asyncio.sleep(PING_S)
