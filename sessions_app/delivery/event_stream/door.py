import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import parse_qs

import msgspec
from channels.auth import AuthMiddlewareStack
from django.conf import settings

from sessions_app.delivery.connection.guard import (
    ConnectionGrant,
    Guard,
    GuardedConnection,
)
from sessions_app.delivery.connection.socket_count import SocketCount
from sessions_app.delivery.connection.sockets import Message
from sessions_app.delivery.connection.start import Start, find_start
from sessions_app.delivery.event_stream.event_id import Place, read_event_id
from sessions_app.delivery.event_stream.stream import EventStream, Send
from sessions_app.delivery.feed.feed import Feed
from sessions_app.delivery.server.asker import address_of
from sessions_app.delivery.server.database_check import DatabaseCheck
from sessions_app.delivery.server.unavailable import DATABASE_AWAY
from sessions_app.log.database.errors import DATABASE_UNAVAILABLE
from sessions_app.log.database.reader import Reader
from sessions_app.models import AgentSession
from sessions_app.people.api_tokens import token_in
from sessions_app.people.rights import Principal, visible
from sessions_app.people.visitor import visitor_of
from sessions_app.protocol.frames import Subscribe
from sessions_app.sessions.tree import descendants_of

Application = Callable[[Any, Any, Any], Awaitable[None]]
PATH = re.compile(r"/api/v1/sessions/([A-Za-z0-9_-]{1,20})/events")
TYPE = "text/event-stream"
OPENING = "Too many streams are being opened from this address: wait a moment."
SEQ = re.compile(r"[0-9]{1,16}", re.ASCII)


class StreamRefused(Exception):
    """The request gets no stream: an HTTP status, and a text with what to do."""

    def __init__(self, status: HTTPStatus, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


@dataclass(frozen=True, slots=True)
class StreamRequest:
    """The parameters of a request: which session's events, and the cursors."""

    session_id: str
    wants_tree: bool
    place: Place | None  # the session's, from Last-Event-ID
    after: int
    children: dict[str, Place]  # places of sub-agents, from Last-Event-ID

    @classmethod
    def of(cls, scope: Message) -> "StreamRequest":
        """Read a request's path, headers and query. Raises StreamRefused."""
        session_id = scope["path"].split("/")[-2]
        query = parse_qs(scope["query_string"].decode("latin-1"))
        sent = dict(scope["headers"]).get(b"last-event-id", b"").decode("latin-1")
        last = sent or query.get("lastEventId", [""])[-1]
        tree = query.get("tree", ["0"])[-1]
        after = query.get("after", ["0"])[-1]
        if tree not in {"0", "1"} or not SEQ.fullmatch(after):
            raise StreamRefused(
                HTTPStatus.BAD_REQUEST,
                "tree: expected 0 or 1; after: a seq, 0 or more.",
            )
        if not last:
            return cls(session_id, tree == "1", None, int(after), {})
        found = read_event_id(last)
        if found is None:
            raise StreamRefused(
                HTTPStatus.BAD_REQUEST, "Last-Event-ID: not one of ours."
            )
        return cls(session_id, tree == "1", found[0], found[0].seq, dict(found[1]))


class OpenStream(GuardedConnection, Protocol):
    """A stream as this door sends it: `run` writes it piece by piece, until it ends."""

    async def run(self, send: Send) -> None: ...


class FirstAnswer:
    """The answer to one request: what the stream sends, or a refusal before it.

    `on_begin` is called once, when the request's stream has been opened or refused.
    """

    def __init__(self, send: Any, on_begin: Callable[[], None]) -> None:
        self._send = send
        self._on_begin = on_begin
        self._is_refused = False
        self.has_begun = False

    async def send(self, message: Message) -> None:
        if not self._is_refused:
            self.begin()
            await self._send(message)

    async def refuse(self, refusal: StreamRefused) -> None:
        self.begin()
        self._is_refused = True
        await refuse(self._send, refusal)

    def begin(self) -> None:
        if not self.has_begun:
            self.has_begun = True
            self._on_begin()


class EventStreamDoor:
    """Server-Sent Events at /api/v1/sessions/ID/events, for who accepts them.

    An ASGI application of its own before Django: a stream lives for hours, has no
    thread and no database connection, and is guarded like a WebSocket. All other
    requests go on to `application`.
    """

    def __init__(
        self,
        application: Application,
        feed: Feed,
        guard: Guard,
        database: DatabaseCheck,
    ) -> None:
        self._application = application
        self._database = database
        self.feed = feed
        self.guard = guard
        # The door's own reader: whoever opens streams often, by whatever token, delays
        # neither viewers nor the guard.
        self.reader = Reader(1)
        self._opening = SocketCount(
            settings.EVENT_STREAMS_OPENING_MAX,
            settings.EVENT_STREAMS_OPENING_OF_ADDRESS_MAX,
        )
        most = settings.EVENT_STREAMS_OF_PERSON_MAX
        self._count = SocketCount(settings.EVENT_STREAMS_MAX, most)
        self._signed_in = AuthMiddlewareStack(self._answer)

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
        accept = dict(scope["headers"]).get(b"accept", b"").decode("latin-1")
        is_asked = PATH.fullmatch(scope["path"]) and TYPE in accept
        if scope["method"] == "GET" and is_asked:
            await self.serve(self._signed_in, scope, receive, send)
        else:
            await self._application(scope, receive, send)

    async def close(self) -> None:
        await self.reader.close()

    async def serve(
        self, opening: Application, scope: Message, receive: Any, send: Any
    ) -> None:
        """Run what opens a stream; answer 503 if the database is away meanwhile."""
        address = address_of(scope)
        if not self._opening.enter(address):
            await refuse(send, StreamRefused(HTTPStatus.TOO_MANY_REQUESTS, OPENING))
            return
        answer = FirstAnswer(send, lambda: self._opening.leave(address))
        work = asyncio.ensure_future(opening(scope, receive, answer.send))
        try:
            if await self._database.outlasts(work, lambda: answer.has_begun):
                await work
                return
        except DATABASE_UNAVAILABLE:
            if answer.has_begun:
                raise
        finally:
            work.cancel()
            if work.done():
                answer.begin()
        await answer.refuse(
            StreamRefused(HTTPStatus.SERVICE_UNAVAILABLE, DATABASE_AWAY.text)
        )

    async def _answer(self, scope: Message, receive: Any, send: Any) -> None:
        try:
            await self._open(StreamRequest.of(scope), scope, receive, send)
        except StreamRefused as refusal:
            await refuse(send, refusal)

    async def _open(
        self, request: StreamRequest, scope: Message, receive: Any, send: Any
    ) -> None:
        grant = await self.grant(scope)
        who = grant.principal
        root = await self.reader.read(
            start_of, who, request.session_id, request.place, request.after
        )
        if root is None:
            raise StreamRefused(HTTPStatus.NOT_FOUND, "There is no such session.")
        places = request.children
        if request.wants_tree and request.place and not root.is_void:
            places = await self.reader.read(known_children, root, places)
        stream = EventStream(
            self.feed,
            root,
            self.finder(who) if request.wants_tree else None,
            places if request.wants_tree else {},
        )
        await self.hold(stream, grant, scope, receive, send)

    async def hold(
        self,
        stream: OpenStream,
        grant: ConnectionGrant,
        scope: Message,
        receive: Any,
        send: Any,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Send a guarded stream until it ends. Raises StreamRefused."""
        person = _person(grant.principal, scope)
        if not self._count.enter(person):
            raise StreamRefused(
                HTTPStatus.TOO_MANY_REQUESTS, "Too many event streams are open."
            )
        self.guard.watch(grant, stream)
        try:
            await _run(stream, receive, send, headers or {})
        finally:
            self.guard.unwatch(stream)
            self._count.leave(person)

    async def grant(self, scope: Message) -> ConnectionGrant:
        """Return with what a request may read. Raises StreamRefused."""
        header = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
        person = scope["user"]
        if header:
            grant = await self.reader.read(ConnectionGrant.of_token, token_in(header))
        else:
            if not person.is_authenticated:
                person = visitor_of(scope.get("cookies", {}))
            key = scope["session"].session_key
            grant = None
            if person:
                grant = await self.reader.read(ConnectionGrant.of, person, key)
        if grant is None:
            raise StreamRefused(
                HTTPStatus.UNAUTHORIZED,
                "Send a valid token that may read: Authorization: Bearer ringside_…",
            )
        return grant

    def finder(
        self, who: Principal
    ) -> Callable[[str, Place | None], Awaitable[Start | None]]:
        async def find(session_id: str, place: Place | None) -> Start | None:
            seq = place.seq if place else 0
            return await self.reader.read(start_of, who, session_id, place, seq)

        return find


def start_of(
    who: Principal, session_id: str, place: Place | None, after: int
) -> Start | None:
    """Find where a stream begins; None if the person may not see the session."""
    if not visible(who).filter(pk=session_id).exists():
        return None
    epoch = place.epoch if place else None
    return find_start(Subscribe(session=session_id, after=after, epoch=epoch))


def known_children(root: Start, places: dict[str, Place]) -> dict[str, Place]:
    """Add existing sub-agents that the id lacks, each from its first event.

    A stream may have been cut between a spawn and the sub-agent's first event.
    """
    below = descendants_of([root.head.session_id])[root.head.session_id]
    epochs = dict(
        AgentSession.objects.filter(pk__in=[child.pk for child in below]).values_list(
            "pk", "epoch"
        )
    )
    return {id_: places.get(id_, Place(epoch, 0)) for id_, epoch in epochs.items()}


def _person(who: Principal, scope: Message) -> str:
    if who.user_id is not None:
        return f"user {who.user_id}"
    return f"visitor {(scope.get('client') or [''])[0]}"


async def _run(
    stream: OpenStream, receive: Any, send: Any, more: Mapping[str, str]
) -> None:
    """Send a stream until it ends or its reader disconnects."""
    headers = {
        "content-type": TYPE,
        "cache-control": "no-cache, no-store",
        "x-accel-buffering": "no",  # nginx: pass each piece on at once
        "x-content-type-options": "nosniff",
        **more,
    }
    encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": 200, "headers": encoded})

    async def piece(data: bytes) -> None:
        await send({"type": "http.response.body", "body": data, "more_body": True})

    async def gone() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    tasks = [
        asyncio.create_task(stream.run(piece)),
        asyncio.create_task(gone()),
    ]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def refuse(send: Any, refusal: StreamRefused) -> None:
    details = {
        "type": "about:blank",
        "title": refusal.status.phrase,
        "status": refusal.status.value,
        "detail": refusal.detail,
    }
    body = msgspec.json.encode(details)
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"retry-after", b"5"),
    ]
    start = {"type": "http.response.start", "status": refusal.status.value}
    await send(start | {"headers": headers})
    await send({"type": "http.response.body", "body": body})
