import asyncio
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import cast

import h11
from msgspec import Struct

# In bytes: of a request's head (request line and headers), and of its body.
HEAD_LIMIT = 64 * 1024
BODY_LIMIT = 32 * 1024 * 1024

_REASONS = {status.value: status.phrase.encode() for status in HTTPStatus}


class HttpRequest(Struct, frozen=True):
    """One HTTP request; header names are in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]


class BadHttpError(Exception):
    """The received bytes are not a valid HTTP request."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class HttpConnection(asyncio.Protocol):
    """One client's HTTP/1.1 connection; requests are answered one after another.

    h11 parses and writes HTTP. When the client disconnects, or only closes its sending
    side, the answer is cancelled.
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
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD_LIMIT)
        self._method = ""  # of the current request
        self._arrived = asyncio.Event()
        self.closed = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()

    # --- what the transport calls --------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._opened.add(self)
        self._task = asyncio.get_running_loop().create_task(self._serve())

    def data_received(self, data: bytes) -> None:
        self._http.receive_data(data)
        self._arrived.set()
        if len(self._http.trailing_data[0]) > HEAD_LIMIT:
            self._transport.pause_reading()  # until the received bytes are read

    def eof_received(self) -> None:
        self._http.receive_data(b"")
        self._arrived.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self._opened.discard(self)
        self._task.cancel()
        self.closed.set()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    # --- what an answer calls ------------------------------------------------------

    async def respond(
        self, status: int, headers: Mapping[str, str], body: bytes
    ) -> None:
        """Send a complete response; for HEAD only its headers."""
        length = {"content-length": str(len(body))}
        data = self._head(status, {**headers, **length})
        if body and self._method != "HEAD":
            data += self._http.send(h11.Data(data=body)) or b""
        await self._write(data + (self._http.send(h11.EndOfMessage()) or b""))

    async def open(self, status: int, headers: Mapping[str, str]) -> None:
        """Start a response whose body is sent in chunks."""
        await self._write(self._head(status, headers))

    async def chunk(self, data: bytes) -> None:
        """Send a chunk of the body; waits while the client does not read."""
        await self._write(self._http.send(h11.Data(data=data)) or b"")

    async def finish(self) -> None:
        """End a chunked body."""
        await self._write(self._http.send(h11.EndOfMessage()) or b"")

    def close(self) -> None:
        """Send buffered bytes, then close, even in the middle of a body."""
        self._transport.close()

    async def stop(self) -> None:
        """Drop the connection and wait until its task has ended."""
        self._transport.abort()
        self._task.cancel()
        await asyncio.wait([self._task])

    # --- the connection's own task -------------------------------------------------

    async def _serve(self) -> None:
        try:
            while (request := await self._read()) is not None:
                await self._answer(request, self)
                if self._http.our_state is not h11.DONE:
                    break  # the client asked to close, or the answer was cut
                self._http.start_next_cycle()
        except BadHttpError as error:
            await self._refuse(error, self)
        finally:
            self._transport.close()

    async def _read(self) -> HttpRequest | None:
        """Read the next request; None once the client has closed."""
        head: h11.Request | None = None
        body = bytearray()
        while True:
            match await self._next_event():
                case h11.Request() as head:
                    self._method = head.method.decode()
                    _check(head)
                    if self._http.they_are_waiting_for_100_continue:
                        go_on = h11.InformationalResponse(status_code=100, headers=[])
                        await self._write(self._http.send(go_on) or b"")
                case h11.Data(data=data):
                    body += data
                    _check_length(len(body))
                case h11.EndOfMessage() if head is not None:
                    target = head.target.decode("latin-1")
                    return HttpRequest(
                        self._method, target, _headers(head), bytes(body)
                    )
                case _:
                    return None

    async def _next_event(self) -> object:
        while True:
            self._arrived.clear()
            try:
                event = self._http.next_event()
            except h11.RemoteProtocolError as error:
                raise BadHttpError(error.error_status_hint, str(error)) from error
            if event is not h11.NEED_DATA:
                return event
            self._transport.resume_reading()
            await self._arrived.wait()

    def _head(self, status: int, headers: Mapping[str, str]) -> bytes:
        reason = _REASONS.get(status, b"Unknown")
        head = h11.Response(
            status_code=status, headers=list(headers.items()), reason=reason
        )
        return self._http.send(head) or b""

    async def _write(self, data: bytes) -> None:
        if self._transport.is_closing():
            # The client has disconnected; connection_lost is about to cancel this task.
            await self.closed.wait()
        self._transport.write(data)
        if not self._writable.is_set():
            await self._writable.wait()


def _headers(head: h11.Request) -> dict[str, str]:
    return {name.decode(): value.decode("latin-1") for name, value in head.headers}


def _check(head: h11.Request) -> None:
    if head.http_version != b"1.1":
        version = head.http_version.decode()
        raise BadHttpError(505, f"HTTP/{version} is not HTTP/1.1")
    # h11 enforces its limit only while a head is incomplete.
    size = sum(len(name) + len(value) for name, value in head.headers)
    if len(head.target) + size > HEAD_LIMIT:
        raise BadHttpError(431, f"the head is over {HEAD_LIMIT} bytes")
    _check_length(int(_headers(head).get("content-length", "0")))


def _check_length(length: int) -> None:
    if length > BODY_LIMIT:
        raise BadHttpError(413, f"the body is over {BODY_LIMIT} bytes")
