import asyncio
import re
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from channels.auth import AuthMiddlewareStack
from django.conf import settings

from sessions_app.delivery.connection.sockets import Message
from sessions_app.delivery.durable_stream.durable_events import DurableEvents
from sessions_app.delivery.durable_stream.live_reader import LiveReader, ReadingEnded
from sessions_app.delivery.event_stream.door import (
    Application,
    EventStreamDoor,
    StreamRefused,
    refuse,
)
from sessions_app.people.rights import Principal
from sessions_app.streams import media_type
from sessions_app.streams.answer import SAFE, StreamAnswer, polled
from sessions_app.streams.found_stream import FoundStream, find_stream, touch
from sessions_app.streams.offset import asked_offset
from sessions_app.streams.refusal import StreamRefusal, bad_request

PATH = re.compile(r"/api/v1/stream/(.+)")


class DurableStreamDoor:
    """Live reads of durable streams: long polls and Server-Sent Events.

    Everything else about them, reads of what is there included, is an operation of the
    API; it goes on to `application`.
    """

    def __init__(self, application: Application, streams: EventStreamDoor) -> None:
        self._application = application
        self._streams = streams
        self._signed_in = AuthMiddlewareStack(self._answer)

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
        is_read = scope["method"] == "GET" and PATH.fullmatch(scope["path"])
        if is_read and b"live=" in scope["query_string"]:
            await self._streams.serve(self._signed_in, scope, receive, send)
        else:
            await self._application(scope, receive, send)

    async def _answer(self, scope: Message, receive: Any, send: Any) -> None:
        try:
            await self._open(scope, receive, send)
        except StreamRefused as refused:
            await refuse(send, refused)
        except StreamRefusal as refusal:
            await refuse(send, StreamRefused(refusal.status, refusal.detail))

    async def _open(self, scope: Message, receive: Any, send: Any) -> None:
        raw = scope["query_string"].decode("latin-1")
        query = parse_qs(raw, keep_blank_values=True)
        mode = query["live"][-1]
        if mode not in {"sse", "long-poll"} or "offset" not in query:
            raise bad_request("live: expected sse or long-poll, and an offset")
        offset, cursor = asked_offset(query["offset"]), query.get("cursor", [""])[-1]
        grant = await self._streams.grant(scope)
        name = scope["path"].removeprefix("/api/v1/stream/")
        found, after = await self._streams.reader.read(
            _find, grant.principal, name, offset
        )
        reader = LiveReader(self._streams.feed, found, after)
        if mode == "sse":
            events = DurableEvents(reader, cursor)
            more = SAFE | _encoding(found)
            await self._streams.hold(events, grant, scope, receive, send, more)
            return
        self._streams.guard.watch(grant, reader)
        try:
            await _send(send, await _poll(reader, receive, cursor))
        finally:
            self._streams.guard.unwatch(reader)
            reader.close()


def _find(who: Principal, name: str, offset: str) -> tuple[FoundStream, int]:
    found = find_stream(who, name)
    after = found.seq_of(offset)
    touch(found)
    return found, after


def _encoding(found: FoundStream) -> dict[str, str]:
    if media_type.is_text(found.content_type):
        return {}
    return {"stream-sse-data-encoding": "base64"}


async def _poll(reader: LiveReader, receive: Any, cursor: str) -> StreamAnswer:
    """Wait for news, as long as the client does. Raises StreamRefusal."""
    news = asyncio.create_task(reader.next(settings.STREAM_LONG_POLL_S))
    gone = asyncio.create_task(_gone(receive))
    try:
        await asyncio.wait([news, gone], return_when=asyncio.FIRST_COMPLETED)
        chunk = await news if news.done() else None
    except ReadingEnded:
        raise StreamRefusal(
            HTTPStatus.NOT_FOUND, "There is no such stream any more: ask again."
        ) from None
    finally:
        for task in (news, gone):
            task.cancel()
        await asyncio.gather(news, gone, return_exceptions=True)
    return polled(reader.found, chunk or reader.here(), cursor)


async def _gone(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send(send: Any, answer: StreamAnswer) -> None:
    headers = {"Content-Length": str(len(answer.body)), **SAFE, **answer.headers}
    encoded = [
        (name.lower().encode(), value.encode("latin-1"))
        for name, value in headers.items()
        if answer.body or name != "Content-Length"
    ]
    start = {"type": "http.response.start", "status": answer.status.value}
    await send(start | {"headers": encoded})
    await send({"type": "http.response.body", "body": answer.body})
