import asyncio
from itertools import pairwise
from typing import Literal, Protocol

from msgspec import Struct, field

from runners.simulator.api.connection import HttpConnection

PING = b'event: ping\ndata: {"type":"ping"}\n\n'
PING_S = 0.02  # far more often than the API


class CannedAnswer(Protocol):
    """A fixed answer that is sent whatever the request asks."""

    async def send(self, connection: HttpConnection) -> None: ...


class Canned(Struct, frozen=True, kw_only=True):
    """A complete HTTP response, sent unchanged."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    async def send(self, connection: HttpConnection) -> None:
        """Send this response."""
        headers = {"content-type": "application/json"} | self.headers
        await connection.respond(self.status, headers, self.body)


class CannedStream(Struct, frozen=True, kw_only=True):
    """A recorded stream, sent byte by byte, in chunks cut at given positions."""

    body: bytes
    cuts: tuple[int, ...] = ()
    # A clean end of the body, a connection closed inside it, silence, or only pings.
    ending: Literal["clean", "cut", "silence", "pings"] = "clean"

    async def send(self, connection: HttpConnection) -> None:
        """Send the stream, one HTTP chunk per cut."""
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
