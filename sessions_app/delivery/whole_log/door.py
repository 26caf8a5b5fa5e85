from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from channels.auth import AuthMiddlewareStack

from sessions_app.delivery.connection.sockets import Message
from sessions_app.delivery.event_stream.door import (
    SEQ,
    TYPE,
    Application,
    EventStreamDoor,
    StreamRefused,
    refuse,
)
from sessions_app.delivery.event_stream.event_id import Place, read_event_id
from sessions_app.delivery.whole_log.whole_log import WholeLog
from sessions_app.delivery.whole_log.whole_stream import WholeStream

PATH = "/api/v1/events"


class WholeLogDoor:
    """Server-Sent Events at /api/v1/events: all sessions that one may see.

    Other requests go on to `application`.
    """

    def __init__(
        self, application: Application, streams: EventStreamDoor, log: WholeLog
    ) -> None:
        self._application = application
        self._streams = streams
        self.log = log
        self._signed_in = AuthMiddlewareStack(self._answer)

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
        accept = dict(scope["headers"]).get(b"accept", b"").decode("latin-1")
        is_asked = scope["path"] == PATH and TYPE in accept
        if scope["method"] == "GET" and is_asked:
            await self._streams.serve(self._signed_in, scope, receive, send)
        else:
            await self._application(scope, receive, send)

    async def _answer(self, scope: Message, receive: Any, send: Any) -> None:
        try:
            start, after = _read(scope)
            grant = await self._streams.grant(scope)
            stream = WholeStream(self.log, grant.principal, start, after)
            await self._streams.hold(stream, grant, scope, receive, send)
        except StreamRefused as refusal:
            await refuse(send, refusal)


def _read(scope: Message) -> tuple[Place | None, int | None]:
    """Read where a request wants to begin. Raises StreamRefused."""
    query = parse_qs(scope["query_string"].decode("latin-1"))
    sent = dict(scope["headers"]).get(b"last-event-id", b"").decode("latin-1")
    last = sent or query.get("lastEventId", [""])[-1]
    after = query.get("after", [""])[-1]
    if after and not SEQ.fullmatch(after):
        raise StreamRefused(HTTPStatus.BAD_REQUEST, "after: a place, 0 or more.")
    if not last:
        return None, int(after) if after else None
    found = read_event_id(last)
    if found is None or found[1]:
        raise StreamRefused(HTTPStatus.BAD_REQUEST, "Last-Event-ID: not one of ours.")
    return found[0], None
