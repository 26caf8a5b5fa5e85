import asyncio
import logging
import time
from typing import Any

from django.conf import settings
from mcp.server.lowlevel.server import Server
from mcp.server.runner import serve_loop
from mcp.server.streamable_http import StreamableHTTPServerTransport

from sessions_app.delivery.connection.sockets import Message
from sessions_app.mcp.caller import CallingClient

logger = logging.getLogger(__name__)


class ConnectedClient:
    """A client with a session: what the server asks it and tells it beside answers.

    One task has the SDK's loop. The session ends when the client says so, when it has
    had no request under way for `MCP_SESSION_IDLE_S`, when its token may not read any
    more, and with this process.
    """

    def __init__(self, id_: str, server: Server[Any], caller: CallingClient) -> None:
        self.id = id_
        self.caller = caller
        caller.end = self.end
        self._server = server
        self._transport = StreamableHTTPServerTransport(
            mcp_session_id=id_, idle_timeout=settings.MCP_SESSION_IDLE_S
        )
        self._requests = 0  # under way
        self._streams = 0  # opened so far, for what is sent beside answers
        self.used_at = time.monotonic()  # when a request last began or ended
        self._is_ready = asyncio.Event()
        self._end = asyncio.Event()
        self.task = asyncio.create_task(self._run(), name="mcp session")

    @property
    def is_idle(self) -> bool:
        return self._requests == 0

    async def answer(self, scope: Message, receive: Any, send: Any) -> None:
        """Answer one request of the client: a message, a stream, or the end."""
        self._requests += 1
        self.used_at = time.monotonic()
        try:
            await self._is_ready.wait()
            if scope["method"] == "GET":
                await self._listen(scope, receive, send)
            else:
                await self._transport.handle_request(scope, receive, send)
        finally:
            self._requests -= 1
            self.used_at = time.monotonic()
            if self._transport.is_terminated:
                self.end()

    def end(self) -> None:
        self._end.set()

    async def _listen(self, scope: Message, receive: Any, send: Any) -> None:
        is_stream = False

        async def watched(message: Message) -> None:
            nonlocal is_stream
            await send(message)
            if message["type"] == "http.response.start" and message["status"] == 200:
                is_stream = True
                self._is_heard(again=self._streams > 0)

        try:
            await self._transport.handle_request(scope, receive, watched)
        finally:
            if is_stream:
                self.caller.is_heard.clear()

    def _is_heard(self, *, again: bool) -> None:
        self._streams += 1
        self.caller.is_heard.set()
        if again and self.caller.subscriptions is not None:
            self.caller.subscriptions.tell_all()

    async def _run(self) -> None:
        try:
            async with self._transport.connect() as (reads, writes):
                self._is_ready.set()
                await self._serve(reads, writes)
        finally:
            self._is_ready.set()
            await self._transport.terminate()
            if self.caller.subscriptions is not None:
                await self.caller.subscriptions.close()
            await self.caller.api.close()

    async def _serve(self, reads: Any, writes: Any) -> None:
        """Run the loop until the session ends, by whatever comes first."""
        idle = self._transport.idle_scope
        assert idle is not None  # noqa: S101 there is an idle time-out
        loop = serve_loop(
            self._server, reads, writes, lifespan_state={}, session_id=self.id
        )

        async def until_idle() -> None:
            with idle:
                await loop

        work = asyncio.create_task(until_idle())
        over = asyncio.create_task(self._end.wait())
        try:
            await asyncio.wait([work, over], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (work, over):
                task.cancel()
            await asyncio.gather(work, over, return_exceptions=True)
