import logging
from collections import defaultdict
from collections.abc import Callable
from weakref import WeakValueDictionary

from django.conf import settings

from sessions_app.delivery.connection.connection import Connection, Receive
from sessions_app.delivery.connection.guard import ConnectionGrant, Guard
from sessions_app.delivery.connection.list_pace import ListPace
from sessions_app.delivery.connection.session_list import SessionList
from sessions_app.delivery.connection.socket_count import SocketCount
from sessions_app.delivery.connection.sockets import (
    EXTENSION,
    AsgiSocket,
    Message,
    Send,
)
from sessions_app.delivery.feed.feed import Feed
from sessions_app.log.metrics import CONNECTIONS_CLOSED
from sessions_app.people.visitor import visitor_of
from sessions_app.protocol.close_codes import CloseCode

logger = logging.getLogger(__name__)
WEBSOCKET_PATH = "/ws/"


class Consumer:
    """The WebSocket at /ws/: an ASGI application, called once per connection.

    This is no Channels consumer. A Channels consumer passes each message, layer
    messages included, through asgiref's single thread: 100 viewers were 12 s behind at
    80 events/s. Here the feed receives a layer message once for all connections.
    """

    def __init__(
        self,
        feed: Feed,
        session_list: SessionList,
        guard: Guard,
        on_viewer: Callable[[], None],
    ) -> None:
        self.connections: set[Connection] = set()
        self._frames_before = 0  # frames sent on connections that have ended
        self._on_viewer = on_viewer  # called for each new connection
        self._feed = feed
        self._session_list = session_list
        self._guard = guard
        most = int(settings.SOCKETS_OF_PERSON_MAX)
        self._paces: WeakValueDictionary[str, ListPace] = (
            WeakValueDictionary()
        )  # by person
        self._sockets = SocketCount(settings.HTTP_SOCKETS_MAX, most)

    @property
    def frames_sent(self) -> int:
        """How many `events` frames this process has sent."""
        return self._frames_before + sum(c.outbox.sent for c in self.connections)

    def looked_at(self) -> dict[int, list[str]]:
        """Return the sessions that are on visible pages, by the id of who looks."""
        found: dict[int, set[str]] = defaultdict(set)
        for connection in self.connections:
            if connection.looker is not None:
                found[connection.looker].update(connection.watched)
        return {user: sorted(sessions) for user, sessions in found.items()}

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        if scope["path"] != WEBSOCKET_PATH:
            await send({"type": "websocket.close"})  # a 403 in the handshake
            return
        grant = await self._grant(scope)
        await send({"type": "websocket.accept"})
        if grant is None:
            # Accepted all the same: a browser cannot read why a handshake was refused.
            await send(
                {"type": "websocket.close", "code": int(CloseCode.NOT_SIGNED_IN)}
            )
            return
        person = _person(grant, scope)
        if not self._sockets.enter(person):
            logger.warning("event=too_many_sockets who=%r", person)
            await send(
                {"type": "websocket.close", "code": int(CloseCode.TOO_MANY_SOCKETS)}
            )
            return
        try:
            await self._serve(scope, receive, send, grant)
        finally:
            self._sockets.leave(person)

    async def _serve(
        self, scope: Message, receive: Receive, send: Send, grant: ConnectionGrant
    ) -> None:
        socket = scope.get("extensions", {}).get(EXTENSION) or AsgiSocket(send)
        pace = self._paces.setdefault(_person(grant, scope), ListPace())
        connection = Connection(
            self._feed, self._session_list, grant.principal, socket, pace
        )
        self._on_viewer()
        self._guard.watch(grant, connection)
        self.connections.add(connection)
        try:
            code = await connection.run(receive)
        finally:
            self.connections.discard(connection)
            self._frames_before += connection.outbox.sent
            self._guard.unwatch(connection)
        CONNECTIONS_CLOSED.labels("left" if code is None else int(code)).inc()
        if code is not None:
            await send({"type": "websocket.close", "code": int(code)})

    async def _grant(self, scope: Message) -> ConnectionGrant | None:
        person = scope["user"]
        if not person.is_authenticated:
            person = visitor_of(scope.get("cookies", {}))
        if person is None:
            return None
        return await self._guard.grant(person, scope["session"].session_key)


def _person(grant: ConnectionGrant, scope: Message) -> str:
    """Return the key for limits per person: the user, or a visitor's IP address.

    Visitors are people who came by a share link, without signing in.
    """
    who = grant.principal
    if who.user_id is not None:
        return f"user {who.user_id}"
    return f"visitor {(scope.get('client') or [''])[0]}"
