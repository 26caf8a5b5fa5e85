import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from io import BytesIO
from typing import Any

from daphne.http_protocol import WebRequest
from django.conf import settings
from twisted.internet.interfaces import IPushProducer
from zope.interface.declarations import implementer

from sessions_app.delivery.server.asker import session_key
from sessions_app.delivery.server.unavailable import DATABASE_AWAY
from sessions_app.people.api_tokens import token_in

# Tells whether a session key, or else an API token, is somebody's; raises TimeoutError
# while the database is away.
IsKnown = Callable[[str, str], Awaitable[bool]]
TOO_LARGE = (
    f"The request is too large: {settings.HTTP_BODY_MAX_BYTES:,} bytes at most, and "
    f"{settings.HTTP_BODY_ANONYMOUS_MAX_BYTES:,} from somebody who is not signed in."
)


@implementer(IPushProducer)
class Request(WebRequest):
    """daphne's HTTP request, with bounds on its body and a response that waits.

    The body is bounded by its Content-Length before a byte of it is kept, and while it
    is read. What is larger than a form of somebody not signed in needs a session: until
    that was looked up nothing more is read.
    """

    channel: Any
    content: Any

    def __init__(self, channel: Any, *, is_known: IsKnown) -> None:
        super().__init__(channel)
        self._is_known = is_known
        self._received = 0  # bytes of the body
        self._is_refused = False
        self._check: asyncio.Task[None] | None = None  # of the session
        self._is_whole = False  # but the check goes on
        self._is_streamed = False
        self._may_write = asyncio.Event()
        self._may_write.set()

    # --- the body ---------------------------------------------------------------

    def gotLength(self, length: int | None) -> None:
        if length is not None and length > settings.HTTP_BODY_MAX_BYTES:
            self.content = BytesIO()
            self.refuse()
            return
        super().gotLength(length)
        self._require_session(length or 0)

    def handleContentChunk(self, data: bytes) -> None:
        if self._is_refused:
            return
        self._received += len(data)
        if self._received > settings.HTTP_BODY_MAX_BYTES:
            self.refuse()
            return
        super().handleContentChunk(data)
        self._require_session(self._received)

    def process(self) -> Any:
        if self._is_refused:
            return None
        if self._check is not None and not self._check.done():
            self._is_whole = True
            return None
        return super().process()

    def refuse(
        self,
        status: HTTPStatus = HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        text: str = TOO_LARGE,
    ) -> None:
        """Answer before the request is whole, and read no more of it."""
        self._is_refused = True
        body = text.encode() + b"\n"
        is_away = status is HTTPStatus.SERVICE_UNAVAILABLE
        retry_after = f"Retry-After: {settings.RETRY_AFTER_S}\r\n" if is_away else ""
        head = (
            f"HTTP/1.1 {status.value} {status.phrase}\r\n{retry_after}"
            "Connection: close\r\nContent-Type: text/plain; charset=utf-8\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        if self.content is not None:
            self.content.close()  # frees what was kept
        self.content = BytesIO()
        self.channel.transport.write(head.encode() + body)
        self.channel.loseConnection()

    def _require_session(self, size: int) -> None:
        if size <= settings.HTTP_BODY_ANONYMOUS_MAX_BYTES or self._check is not None:
            return
        sent = self.requestHeaders.getRawHeaders(b"cookie") or []
        self.channel.stop_reading()
        key = session_key(b"; ".join(sent))
        header = self.requestHeaders.getRawHeaders(b"authorization") or [b""]
        token = token_in(header[0].decode("latin-1"))
        self._check = asyncio.ensure_future(self._look_up(key, token))

    async def _look_up(self, key: str, token: str) -> None:
        try:
            is_good: bool | None = bool(key or token)
            if is_good:
                is_good = await self._is_known(key, token)
        except TimeoutError:
            is_good = None
        if self.channel is None or self._disconnected:
            return
        if is_good is None:
            self.refuse(HTTPStatus.SERVICE_UNAVAILABLE, DATABASE_AWAY.text)
            return
        if not is_good:
            self.refuse()
            return
        self.channel.go_on_reading()
        if self._is_whole:
            asyncio.get_running_loop().call_soon(self.process)

    # --- the response -------------------------------------------------------------

    def handle_reply(self, message: Any) -> None:
        is_first = message["type"] == "http.response.start"
        super().handle_reply(message)
        if is_first and not self.finished and not self._has_length():
            self._is_streamed = True
            self.registerProducer(self, True)

    async def drained(self) -> None:
        """Wait until a response that is sent in pieces may go on.

        Its reader is cut off who takes nothing for HTTP_STALL_MAX_S.
        """
        if self._may_write.is_set() or self.finished:
            return
        try:
            async with asyncio.timeout(settings.HTTP_STALL_MAX_S):
                await self._may_write.wait()
        except TimeoutError:
            if self.channel is not None:
                self.channel.transport.abortConnection()

    def _has_length(self) -> bool:
        return bool(self.responseHeaders.hasHeader(b"content-length"))

    def finish(self) -> None:
        if self._is_streamed:
            self._is_streamed = False
            self.unregisterProducer()
        super().finish()

    def connectionLost(self, reason: Any) -> None:
        self._may_write.set()
        super().connectionLost(reason)

    # --- what the channel says ------------------------------------------------------

    def pauseProducing(self) -> None:
        self._may_write.clear()

    def resumeProducing(self) -> None:
        self._may_write.set()

    def stopProducing(self) -> None:
        self._may_write.set()
