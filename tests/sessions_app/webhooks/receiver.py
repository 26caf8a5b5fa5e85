import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

OK = b"HTTP/1.1 204 No Content\r\n\r\n"


@dataclass(frozen=True)
class Taken:
    """One request that a receiver had."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """A real HTTP server on the loopback that takes webhooks, and answers as told.

    `answers` are sent one after the other, the last one for ever; "" never comes. A
    `judge` says instead what each request is answered with.
    """

    answers: list[bytes] = field(default_factory=lambda: [OK])
    host: str = "127.0.0.1"
    taken: list[Taken] = field(default_factory=list)
    port: int = 0
    judge: Callable[[Taken], bytes] | None = None

    async def __aenter__(self) -> Self:
        self._ends = asyncio.Event()
        self._server = await asyncio.start_server(self._take, self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ends.set()
        self._server.close()
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}/hook"

    async def _take(self, reader: StreamReader, writer: StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *lines = head.strip().split("\r\n")
            headers = {
                name.lower(): value.strip()
                for name, _, value in (line.partition(":") for line in lines)
            }
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            taken = Taken(first.split()[1], headers, body)
            self.taken.append(taken)
            answer = self.answers[min(len(self.taken), len(self.answers)) - 1]
            if self.judge is not None:
                answer = self.judge(taken)
            if not answer:
                await self._ends.wait()
            writer.write(answer)
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass  # the sender is gone
        finally:
            writer.close()
