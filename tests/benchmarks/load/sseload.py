"""Readers of Server-Sent Events, as many as a benchmark wants; see `load.py`."""

import argparse
import asyncio
import re
import socket
import sys
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.benchmarks.result import quantile

ID = re.compile(rb"id: [0-9a-f]+\.(\d+)\s")
TS = re.compile(rb'"ts":(\d{1,15})')
SMALL = 16 * 1024  # bytes that the system takes for a reader that stalls
LARGE = 1024 * 1024  # bytes that we take ourselves for one that reads


@dataclass
class SseReader:
    """One reader of a session's event stream, and what has come."""

    host: str
    port: int
    session: str
    token: str
    is_slow: bool
    cursor: int = 0
    events: int = 0
    holes: int = 0
    repeats: int = 0
    is_live: bool = False
    latencies: list[float] = field(default_factory=list)

    async def follow(self, upto: int, on_live: "asyncio.Queue[None]") -> None:
        """Read until an event, or for ever; the end of the stream is an error.

        Who is slow reads nothing but the answer's head.
        """
        reader, writer = await self._open()
        try:
            if self.is_slow:
                on_live.put_nowait(None)
                await asyncio.Event().wait()
            while not upto or self.cursor < upto:
                line = await reader.readuntil(b"\n")
                if found := ID.match(line):
                    self._take(int(found[1]), await reader.readuntil(b"\n"))
                elif line == b"event: live\n" and not self.is_live:
                    self.is_live = True
                    on_live.put_nowait(None)
        finally:
            writer.close()

    def _take(self, seq: int, data: bytes) -> None:
        self.holes += max(seq - self.cursor - 1, 0)
        self.repeats += seq <= self.cursor
        self.cursor = max(seq, self.cursor)
        self.events += 1
        if self.is_live and (ts := TS.search(data)):
            self.latencies.append(time.time() * 1000 - int(ts[1]))

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        made = socket.socket()
        if self.is_slow:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
        made.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(made, (self.host, self.port))
        reader, writer = await asyncio.open_connection(
            sock=made, limit=SMALL // 4 if self.is_slow else LARGE
        )
        writer.write(
            f"GET /api/v1/sessions/{self.session}/events HTTP/1.1\r\n"
            f"Host: {self.host}:{self.port}\r\nAccept: text/event-stream\r\n"
            f"Authorization: Bearer {self.token}\r\n\r\n".encode()
        )
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in head.split(b"\r\n")[0]:
            raise ConnectionError(head.decode("latin-1"))
        return reader, writer


async def main(options: argparse.Namespace) -> None:
    """Open the readers; print `ready` when all are live, and at last one line."""
    ids, tokens = options.sessions.split(","), options.tokens.split(",")
    address = urlsplit(options.url)
    readers = [
        SseReader(
            str(address.hostname),
            address.port or 80,
            ids[number % len(ids)],
            tokens[number % len(tokens)],
            number < options.slow,
        )
        for number in range(options.clients)
    ]
    live: asyncio.Queue[None] = asyncio.Queue()
    limit_s = float(options.time.removesuffix("s"))
    began = time.perf_counter()
    tasks = []
    for reader in readers:  # one after the other: few may be being opened at once
        work = asyncio.wait_for(reader.follow(options.events, live), limit_s)
        tasks.append(asyncio.create_task(work))
        await live.get()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    ends = await asyncio.gather(*tasks, return_exceptions=True)
    closes = sum(isinstance(one, EOFError | OSError) for one in ends)
    closes -= sum(isinstance(one, TimeoutError) for one in ends)
    sys.stdout.write(_report(readers, closes, time.perf_counter() - began, options))


def _report(
    readers: list[SseReader], closes: int, secs: float, options: argparse.Namespace
) -> str:
    latencies = [ms for reader in readers for ms in reader.latencies]
    upto = options.events
    fields = {
        "clients": len(readers),
        "events": sum(reader.events for reader in readers),
        "frames": sum(reader.events for reader in readers),
        "holes": sum(reader.holes for reader in readers),
        "repeats": sum(reader.repeats for reader in readers),
        "incomplete": sum(bool(upto) and reader.cursor < upto for reader in readers),
        "closes": closes,
        "secs": round(secs, 2),
        "p50": quantile(latencies, 0.5) or -1,
        "p99": quantile(latencies, 0.99) or -1,
        "max": max(latencies, default=-1),
    }
    return " ".join(f"{name}={value}" for name, value in fields.items()) + "\n"


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="sseload")
    parser.add_argument("-url", required=True)
    parser.add_argument("-tokens", required=True)
    parser.add_argument("-clients", type=int, default=10)
    parser.add_argument("-sessions", required=True)
    parser.add_argument("-events", type=int, default=0)
    parser.add_argument("-time", default="60s")
    parser.add_argument("-slow", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    asyncio.run(main(parse()))
