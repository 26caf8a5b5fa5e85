import asyncio
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import cast

from msgspec import Struct

# Bytes of a request's head (request line and headers) and of its body.
HEAD_LIMIT = 64 * 1024
BODY_LIMIT = 32 * 1024 * 1024

_REASONS = {status.value: status.phrase for status in HTTPStatus}


class HttpRequest(Struct, frozen=True):
    """One HTTP request; header names are in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """Give the target without its query."""
        return self.target.partition("?")[0]


class BadHttpError(Exception):
    """Bytes that are no HTTP request the server can read."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class HttpConnection(asyncio.Protocol):
    """One client's HTTP/1.1 connection, which answers its requests one by one.

    The client's leaving, also by closing only its sending side, cancels the answer.
    """

    def __init__(
        self,
        answer: "Callable[[HttpRequest, HttpConnection], Awaitable[None]]",
        refuse: "Callable[[BadHttpError, HttpConnection], Awaitable[None]]",
        opened: "set[HttpConnection]",
    ) -> None:
        self._answer = answer
        self._refuse = refuse
        self._opened = opened
        self._reader = asyncio.StreamReader(limit=HEAD_LIMIT)
        self.closed = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._reader.set_transport(self._transport)
        self._opened.add(self)
        self._task = asyncio.get_running_loop().create_task(self._serve())

    def data_received(self, data: bytes) -> None:
        self._reader.feed_data(data)

    def eof_received(self) -> None:
        self._reader.feed_eof()

    def connection_lost(self, exc: Exception | None) -> None:
        self._opened.discard(self)
        self._task.cancel()
        self.closed.set()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    async def respond(
        self, status: int, headers: Mapping[str, str], body: bytes
    ) -> None:
        """Send a whole response."""
        length = {"content-length": str(len(body))}
        await self._write(_head(status, {**headers, **length}) + body)

    async def open(self, status: int, headers: Mapping[str, str]) -> None:
        """Begin a response whose body comes in chunks."""
        chunked = {"transfer-encoding": "chunked"}
        await self._write(_head(status, {**headers, **chunked}))

    async def chunk(self, data: bytes) -> None:
        """Send some of the body, waiting while the client does not read."""
        await self._write(b"%x\r\n%b\r\n" % (len(data), data))

    async def finish(self) -> None:
        """End a body that came in chunks."""
        await self._write(b"0\r\n\r\n")

    def close(self) -> None:
        """Send what is written, then close, also in the middle of a body."""
        self._transport.close()

    async def stop(self) -> None:
        """Drop the connection and wait for its answer's end."""
        self._transport.abort()
        self._task.cancel()
        await asyncio.wait([self._task])

    async def _serve(self) -> None:
        try:
            while not self._transport.is_closing():
                request = await self._read()
                if request is None:
                    break
                await self._answer(request, self)
                if request.headers.get("connection", "").lower() == "close":
                    break
        except BadHttpError as error:
            await self._refuse(error, self)
        finally:
            self._transport.close()

    async def _write(self, data: bytes) -> None:
        if self._transport.is_closing():
            # The client has left, and connection_lost is about to cancel this task.
            await self.closed.wait()
        self._transport.write(data)
        if not self._writable.is_set():
            await self._writable.wait()

    async def _read(self) -> HttpRequest | None:
        try:
            head = await self._reader.readuntil(b"\r\n\r\n")
            request = _parse_head(head)
            return HttpRequest(*request, await self._read_body(request[2]))
        except asyncio.IncompleteReadError:
            return None
        except asyncio.LimitOverrunError as error:
            raise BadHttpError(431, f"the head is over {HEAD_LIMIT} bytes") from error

    async def _read_body(self, headers: Mapping[str, str]) -> bytes:
        if headers.get("transfer-encoding", "").lower() == "chunked":
            return await self._read_chunks()
        length = headers.get("content-length", "0")
        if not length.isdecimal():
            raise BadHttpError(400, f"content-length is not a number: {length!r}")
        return await self._reader.readexactly(_allowed(int(length)))

    async def _read_chunks(self) -> bytes:
        body = bytearray()
        while size := _chunk_size(await self._reader.readuntil(b"\r\n")):
            _allowed(len(body) + size)
            body += (await self._reader.readexactly(size + 2))[:-2]
        # Trailers are read and forgotten.
        while await self._reader.readuntil(b"\r\n") != b"\r\n":
            pass
        return bytes(body)


def _head(status: int, headers: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} {_REASONS.get(status, 'Unknown')}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def _parse_head(head: bytes) -> tuple[str, str, dict[str, str]]:
    first, *lines = head.decode("latin-1").strip().split("\r\n")
    try:
        method, target, version = first.split(" ")
    except ValueError as error:
        raise BadHttpError(400, f"not an HTTP request line: {first!r}") from error
    if version != "HTTP/1.1":
        raise BadHttpError(505, f"{version} is not HTTP/1.1")
    parted = [line.partition(":") for line in lines]
    headers = {name.lower(): value.strip() for name, _, value in parted}
    return method, target, headers


def _chunk_size(line: bytes) -> int:
    try:
        return int(line.partition(b";")[0], 16)
    except ValueError as error:
        raise BadHttpError(400, f"not the size of a chunk: {line!r}") from error


def _allowed(length: int) -> int:
    if length > BODY_LIMIT:
        raise BadHttpError(413, f"the body is over {BODY_LIMIT} bytes")
    return length
