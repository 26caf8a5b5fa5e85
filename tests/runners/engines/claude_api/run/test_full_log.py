import asyncio
from dataclasses import dataclass, field

from runners.engines.claude_api.api.client import Claude
from runners.engines.claude_api.options import Options
from runners.sandbox.workdir import Workdir
from runners.simulator.api.connection import BadHttpError, HttpConnection, HttpRequest
from sessions_app.protocol.events import Event, Text, TextDelta
from tests.runners.engines.claude_api.listed_host import ListedHost
from tests.runners.engines.claude_api.wire import body, text

PART, PARTS = "x" * 64 * 1024, 300  # more than all buffers on the way hold
STALL_S = 0.3


@dataclass
class FullDesk(ListedHost):
    """A outlet whose log is full after the first words, until it has room."""

    has_room: asyncio.Event = field(default_factory=asyncio.Event)

    async def emit(self, *events: Event) -> None:
        await super().emit(*events)
        if self.of(TextDelta):
            await self.has_room.wait()


class Speaker:
    """A server of one long reply, which knows how much of it has left."""

    def __init__(self) -> None:
        frames = body(text(PART)).split(b"\n\n")[:-1]
        self.frames = [*frames[:2], *[frames[2]] * PARTS, *frames[3:]]
        self.sent = 0

    async def answer(self, request: HttpRequest, connection: HttpConnection) -> None:
        await connection.open(200, {"content-type": "text/event-stream"})
        for frame in self.frames:
            await connection.chunk(frame + b"\n\n")
            self.sent += 1
        await connection.finish()

    async def stalls(self) -> int:
        """Wait until nothing more leaves; return how much has."""
        sent = -1
        while sent != self.sent:
            sent = self.sent
            await asyncio.sleep(STALL_S)
        return sent

    async def refuse(self, error: BadHttpError, connection: HttpConnection) -> None:
        raise error


async def test_while_the_log_is_full_claude_is_not_read(
    workdir: Workdir, options: Options
) -> None:
    speaker = Speaker()
    connections: set[HttpConnection] = set()
    server = await asyncio.get_running_loop().create_server(
        lambda: HttpConnection(speaker.answer, speaker.refuse, connections),
        "127.0.0.1",
        0,
    )
    host, port = server.sockets[0].getsockname()
    claude = Claude(api_key="any", base_url=f"http://{host}:{port}")
    host = FullDesk(claude, workdir, options, waiting=["Go"])
    running = asyncio.create_task(host.agent().run())
    async with asyncio.timeout(60):
        await host.until(TextDelta)
        assert await speaker.stalls() < PARTS
        assert len(host.of(TextDelta)) == 1
        host.has_room.set()
        await running
    assert [event.text for event in host.of(Text)] == [PART * PARTS]
    await claude.close()
    server.close()
    for connection in list(connections):
        await connection.stop()
