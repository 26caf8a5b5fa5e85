import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from urllib.parse import unquote

import httpx2

from sessions_app.delivery.connection.sockets import Message

Application = Callable[[Any, Any, Any], Awaitable[None]]


class AsgiTransport(httpx2.AsyncBaseTransport):
    """Asks an ASGI application inside this process, and streams what it answers.

    httpx's own transport hands an answer out when it is whole: a stream of events
    would never come. A piece is taken when the one before has been read, so nothing
    gathers here.
    """

    def __init__(self, application: Application, client: tuple[str, int]) -> None:
        """`client` is the address that the application sees."""
        self._application = application
        self._client = client

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        body = await request.aread()
        exchange = _Exchange(self._application, _scope(request, self._client), body)
        status, headers = await exchange.begin()
        return httpx2.Response(status, headers=headers, stream=exchange)


class _Exchange(httpx2.AsyncByteStream):
    """One request: a task that runs the application, and a place for one message."""

    def __init__(self, application: Application, scope: Message, body: bytes) -> None:
        self._body: bytes | None = body
        self._messages: asyncio.Queue[Message | None] = asyncio.Queue(1)
        self._is_whole = False  # the asker has the whole answer
        self._has_left = asyncio.Event()  # the asker wants no more of it
        self._task = asyncio.create_task(self._run(application, scope))

    async def begin(self) -> tuple[int, list[tuple[bytes, bytes]]]:
        """Return the answer's status and headers."""
        try:
            start = await self._messages.get()
        except asyncio.CancelledError:
            await self.aclose()
            raise
        if start is None:
            await self.aclose()
            raise httpx2.RemoteProtocolError("the application has not answered")
        return start["status"], list(start.get("headers", ()))

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (message := await self._messages.get()) is not None:
            self._is_whole = not message.get("more_body", False)
            if piece := message.get("body", b""):
                yield piece
            if self._is_whole:
                return

    async def aclose(self) -> None:
        """Let the application end: by itself, or by hearing that nobody listens."""
        if not self._is_whole:
            self._has_left.set()
            while not self._messages.empty():
                self._messages.get_nowait()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self, application: Application, scope: Message) -> None:
        try:
            await application(scope, self._receive, self._send)
        finally:
            if not self._has_left.is_set():
                await self._messages.put(None)

    async def _send(self, message: Message) -> None:
        if not self._has_left.is_set():
            await self._messages.put(message)

    async def _receive(self) -> Message:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self._has_left.wait()
        return {"type": "http.disconnect"}


def _scope(request: httpx2.Request, client: tuple[str, int]) -> Message:
    url = request.url
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": url.scheme,
        "path": unquote(url.path),
        "raw_path": url.raw_path.split(b"?")[0],
        "query_string": url.query,
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "client": client,
        "server": (url.host, url.port or 80),
    }
