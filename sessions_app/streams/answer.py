from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus

from sessions_app.streams.chunk import Chunk
from sessions_app.streams.cursor import next_cursor
from sessions_app.streams.found_stream import FoundStream

NEXT, CLOSED, UP_TO_DATE = "Stream-Next-Offset", "Stream-Closed", "Stream-Up-To-Date"
NO_STORE = "no-store"
# Of every answer: what a stream holds is nobody else's to show, and no page to open.
SAFE = {
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
}


@dataclass(frozen=True, slots=True)
class StreamAnswer:
    """An answer about a stream, whichever server sends it."""

    status: HTTPStatus
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


def described(found: FoundStream) -> StreamAnswer:
    """Answer a HEAD: the tail, and how the stream was configured."""
    headers = {
        "Content-Type": found.content_type,
        NEXT: str(found.tail_offset),
        "Cache-Control": NO_STORE,
    }
    if found.is_closed:
        headers[CLOSED] = "true"
    if found.row is not None and found.row.ttl_s is not None:
        headers["Stream-TTL"] = str(found.row.ttl_s)
    if found.row is not None and found.row.expires_at is not None:
        headers["Stream-Expires-At"] = _rfc3339(found.row.expires_at)
    return StreamAnswer(HTTPStatus.OK, headers)


def caught_up(found: FoundStream, chunk: Chunk, known: str) -> StreamAnswer:
    """Answer a catch-up read; `known` is the If-None-Match that came with it."""
    headers = _of_chunk(found, chunk) | {
        "ETag": chunk.etag,
        # Asked again each time, answered from the cache: rights may end meanwhile.
        "Cache-Control": "private, no-cache",
    }
    if chunk.etag in (one.strip() for one in known.split(",")):
        return StreamAnswer(HTTPStatus.NOT_MODIFIED, headers)
    return StreamAnswer(HTTPStatus.OK, headers, chunk.content)


def at_tail(found: FoundStream, chunk: Chunk) -> StreamAnswer:
    """Answer `offset=now`: where the stream ends now, without any message."""
    headers = _of_chunk(found, chunk) | {"Cache-Control": NO_STORE}
    return StreamAnswer(HTTPStatus.OK, headers, chunk.content)


def polled(found: FoundStream, chunk: Chunk, cursor: str) -> StreamAnswer:
    """Answer a long poll: 204 if the chunk is empty."""
    headers = _of_chunk(found, chunk) | {"Cache-Control": NO_STORE}
    headers["Stream-Cursor"] = next_cursor(cursor)
    if chunk.count:
        headers["ETag"] = chunk.etag
        return StreamAnswer(HTTPStatus.OK, headers, chunk.content)
    del headers["Content-Type"]
    return StreamAnswer(HTTPStatus.NO_CONTENT, headers)


def _of_chunk(found: FoundStream, chunk: Chunk) -> dict[str, str]:
    headers = {"Content-Type": found.content_type, NEXT: str(chunk.next)}
    if chunk.at_tail:
        headers[UP_TO_DATE] = "true"
    if chunk.is_closed:
        headers[CLOSED] = "true"
    return headers


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
