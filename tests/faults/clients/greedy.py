"""Greedy viewers, as a program: they ask a server for the list without end.

It is a process of its own, so that it takes nothing from whoever measures but CPU. It
reads all that comes and looks at none of it.
"""

import asyncio
import sys
from urllib.parse import urlsplit

SOCKETS = 3  # of each person
BURST = 300  # requests on each at first
PAUSE_S = 0.06  # then between two: nearly as often as a server takes them
HANDSHAKE = """GET /ws/ HTTP/1.1\r
Host: {host}\r
Origin: http://{host}\r
Cookie: {cookie}\r
Connection: Upgrade\r
Upgrade: websocket\r
Sec-WebSocket-Version: 13\r
Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r
\r
"""
ASKED = b'{"type": "watch_sessions"}'
WATCH = bytes((0x81, 0x80 | len(ASKED), 0, 0, 0, 0)) + ASKED  # masked with zeros


async def be_greedy(url: str, cookie: str, all_open: asyncio.Barrier) -> None:
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(HANDSHAKE.format(host=parts.netloc, cookie=cookie).encode())
    await reader.readuntil(b"\r\n\r\n")
    await all_open.wait()
    reading = asyncio.create_task(read_on(reader))
    writer.write(WATCH * BURST)
    while not reading.done():
        await asyncio.sleep(PAUSE_S)
        writer.write(WATCH)


async def read_on(reader: asyncio.StreamReader) -> None:
    while await reader.read(2**16):
        pass


async def main() -> None:
    url, *cookies = sys.argv[1:]
    all_open = asyncio.Barrier(len(cookies) * SOCKETS + 1)
    async with asyncio.TaskGroup() as crowd:
        for cookie in cookies:
            for _ in range(SOCKETS):
                crowd.create_task(be_greedy(url, cookie, all_open))
        await all_open.wait()
        sys.stdout.write("greedy\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
