import asyncio
from asyncio import StreamReader, StreamWriter

from tests.servers.background import Background

CHUNK = 64 * 1024


class Proxy:
    """A TCP proxy on the loopback that cuts, stalls and refuses connections.

    A page opened through it has the proxy's origin, and so has its WebSocket.
    """

    def __init__(self, background: Background, target_port: int) -> None:
        self.target_port = target_port
        self.connections = 0  # accepted so far
        self._background = background
        self._writers: set[StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._refuses = False
        self._server, self._flows = background.call(self._listen())
        self.port = int(self._server.sockets[0].getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"

    @property
    def websocket_url(self) -> str:
        return self.url.replace("http", "ws", 1) + "/ws/"

    def cut(self) -> None:
        """Cut all connections, whatever they are in the midst of."""
        self._background.do(self._cut)

    def refuse(self) -> None:
        """Cut all connections and let nobody in until `accept`."""

        def refuse() -> None:
            self._refuses = True
            self._cut()

        self._background.do(refuse)

    def accept(self) -> None:
        self._refuses = False

    def stall(self) -> None:
        """Carry nothing more, in both directions; connections stay open."""
        self._background.do(self._flows.clear)

    def resume(self) -> None:
        self._background.do(self._flows.set)

    def end(self) -> None:
        self._background.call(self._end())

    async def _listen(self) -> tuple[asyncio.Server, asyncio.Event]:
        flows = asyncio.Event()
        flows.set()
        return await asyncio.start_server(self._join, "127.0.0.1", 0), flows

    async def _join(self, reader: StreamReader, writer: StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        try:
            if not self._refuses:
                await self._connect(reader, writer)
        except OSError:
            pass  # one of the two is gone, and so is the other then
        finally:
            self._writers.discard(writer)
            writer.transport.abort()

    async def _connect(self, reader: StreamReader, writer: StreamWriter) -> None:
        there = await asyncio.open_connection("127.0.0.1", self.target_port)
        self._writers.add(there[1])
        ways = (self._pump(reader, there[1]), self._pump(there[0], writer))
        tasks = [asyncio.create_task(way) for way in ways]
        self._tasks.update(tasks)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._tasks.difference_update(tasks)
            self._writers.discard(there[1])
            there[1].transport.abort()

    async def _pump(self, reader: StreamReader, writer: StreamWriter) -> None:
        while data := await reader.read(CHUNK):
            await self._flows.wait()
            writer.write(data)
            await writer.drain()
        writer.write_eof()
        await writer.wait_closed()

    def _cut(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def _end(self) -> None:
        self._server.close()
        self._cut()
        for task in self._tasks:
            task.cancel()
        await self._server.wait_closed()
