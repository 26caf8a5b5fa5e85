import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from sessions_app.delivery.event_stream.door import Application
from sessions_app.protocol.encoding.server_sent_events import server_sent_events
from tests.sessions_app.logbook import until


@dataclass(frozen=True)
class Received:
    """One message of an event stream, as a browser's EventSource would dispatch it."""

    id: str
    name: str
    data: dict[str, Any]


@dataclass
class Listener:
    """A reader of an event stream, at the other end of an ASGI application."""

    status: int = 0
    messages: list[Received] = field(default_factory=list)
    text: str = ""  # what is not a whole message yet, or the body of a refusal
    pieces: int = 0
    reads: asyncio.Event = field(default_factory=asyncio.Event)
    _from_client: asyncio.Queue[dict[str, Any]] = field(default_factory=asyncio.Queue)
    _task: "asyncio.Future[None] | None" = None

    def open(
        self, door: Application, address: str, token: str, last_id: str = ""
    ) -> None:
        """Ask for a stream: at a path, or of the session with this id; with a query."""
        path, _, query = address.partition("?")
        if not path.startswith("/"):
            path = f"/api/v1/sessions/{path}/events"
        headers = [(b"accept", b"text/event-stream"), (b"host", b"testserver")]
        if token:
            headers.append((b"authorization", f"Bearer {token}".encode()))
        if last_id:
            headers.append((b"last-event-id", last_id.encode()))
        scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "query_string": query.encode(),
            "headers": headers,
        }
        self.reads.set()
        self._task = asyncio.ensure_future(
            door(scope, self._from_client.get, self._take)
        )

    async def close(self) -> None:
        self.reads.set()
        self._from_client.put_nowait({"type": "http.disconnect"})
        assert self._task is not None
        await self._task

    async def ended(self) -> None:
        assert self._task is not None
        await self._task

    async def answered(self) -> str:
        """Leave as soon as there is an answer; return its status."""
        await until(lambda: self.status)
        if self.status == 200:
            await self.close()
        await self.ended()
        return str(self.status)

    async def has(self, name: str) -> None:
        await until(lambda: any(one.name == name for one in self.messages))

    @property
    def events(self) -> list[Received]:
        """The events of the log."""
        return [one for one in self.messages if one.name == "message"]

    async def _take(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            return
        self.pieces += 1
        await self.reads.wait()
        *whole, self.text = (self.text + message["body"].decode()).split("\n\n")
        lines = [line for one in whole for line in (*one.split("\n"), "")]
        self.messages += [
            Received(id_ or "", name or "message", json.loads(data))
            if data
            else Received(id_ or "", "place", {})  # it dispatches nothing
            for id_, name, data in server_sent_events(lines)
        ]


async def no_application(scope: Any, receive: Any, send: Any) -> None:
    """Stand in for the pages behind the door: they answer 299."""
    await send({"type": "http.response.start", "status": 299, "headers": []})
    await send({"type": "http.response.body", "body": b""})
