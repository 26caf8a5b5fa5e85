from sessions_app.delivery.connection.sockets import Message, Send
from sessions_app.delivery.server.slots import Limits, Slots
from sessions_app.delivery.server.unavailable import BUSY, Unavailable, headers


class Answer:
    """What is sent to one HTTP request, and the slot that the work on it has.

    A response without a length is sent in pieces, for as long as its reader takes. It
    has a slot among the streams from its first piece on, and none among the requests.
    """

    def __init__(
        self, scope: Message, send: Send, requests: Slots, streams: Slots, asker: Limits
    ) -> None:
        self._scope = scope
        self._send = send
        self._requests = requests
        self._streams = streams
        self._asker = asker
        self._held: Slots | None = None  # where this request has its slot
        self._start: Message | None = None  # kept back until the first piece
        self.has_begun = False  # something was sent, or is about to be
        self.is_refused = False

    async def admit(self, patience_s: float) -> bool:
        """Wait for a slot among the requests; False: there is none."""
        if not await self._requests.acquire(self._asker, patience_s):
            return False
        self._held = self._requests
        return True

    def release(self) -> None:
        """Give the slot back, wherever it is."""
        if self._held is not None:
            self._held.free(self._asker)
            self._held = None

    async def send(self, message: Message) -> None:
        """Send a message of the application's, unless another was sent in its place."""
        if self.is_refused:
            return
        if message["type"] == "http.response.start" and not _has_length(message):
            self._start = message
            return
        self.has_begun = True
        if self._start is not None:
            start, self._start = self._start, None
            if message.get("more_body") and not self._become_stream():
                await self.refuse(BUSY)
                return
            await self._send(start)
        await self._send(message)

    async def refuse(self, why: Unavailable) -> None:
        """Answer in the application's place; what it still says is not sent."""
        self.has_begun = self.is_refused = True
        sent = dict(self._scope["headers"])
        content_type, body = why.body(sent.get(b"accept", b"").decode("latin-1"))
        encoded = [
            (name.encode(), value.encode())
            for name, value in headers(content_type, body).items()
        ]
        start = {"type": "http.response.start", "status": why.status}
        await self._send(start | {"headers": encoded})
        is_head = self._scope["method"] == "HEAD"
        await self._send(
            {"type": "http.response.body", "body": b"" if is_head else body}
        )

    def _become_stream(self) -> bool:
        """Change the slot among the requests for one among the streams."""
        if not self._streams.take_now(self._asker):
            return False
        self.release()
        self._held = self._streams
        return True


def _has_length(start: Message) -> bool:
    return any(name.lower() == b"content-length" for name, _ in start["headers"])
