import base64
import time
from collections.abc import Iterator, Sequence
from http import HTTPStatus

import msgspec
from django.conf import settings

from sessions_app.log.batch import Batch
from sessions_app.log.commit import CommitEntry
from sessions_app.masking.events import masked_event
from sessions_app.masking.secret_spans import without_secrets_in
from sessions_app.protocol.encoding.codec import ProtocolError, decode_event, encode
from sessions_app.protocol.encoding.depth import MAX_DEPTH, deeper_than
from sessions_app.protocol.encoding.surrogates import mend_all
from sessions_app.protocol.events import Event, UnknownEvent
from sessions_app.streams import media_type
from sessions_app.streams.refusal import StreamRefusal, bad_request

# Types of a stream's events. A message has either `message`, any JSON, or `data`,
# bytes in base64. The last event of a stream that was closed says so.
MESSAGE, CLOSED = "stream_message", "stream_closed"
PIECE_BYTES = 128 * 1024  # of bytes in one event, less than EVENT_MAX_BYTES as base64
_bodies = msgspec.json.Decoder(list[msgspec.Raw])
_body = msgspec.json.Decoder(msgspec.Raw)


class StreamRow(msgspec.Struct, frozen=True):
    """The fields of a stream's event that its readers need."""

    type: str
    seq: int
    message: msgspec.Raw = msgspec.Raw()
    data: str = ""


_rows = msgspec.json.Decoder(list[StreamRow])


def closing() -> UnknownEvent:
    return UnknownEvent(more={"type": CLOSED})


def messages_in(body: bytes, content_type: str) -> list[Event]:
    """Return the events that hold a request's body. Raises StreamRefusal.

    JSON is one message, or an array of messages; bytes are cut where they are long.
    """
    if media_type.is_json(content_type):
        return [_json_message(bytes(raw)) for raw in _flattened(body)]
    if settings.MASK_SECRETS and media_type.is_text(content_type):
        body = without_secrets_in(body)
    pieces = (body[at : at + PIECE_BYTES] for at in range(0, len(body), PIECE_BYTES))
    return [bytes_message(piece) for piece in pieces]


def bytes_message(piece: bytes) -> UnknownEvent:
    data = base64.b64encode(piece).decode()
    return UnknownEvent(more={"type": MESSAGE, "data": data})


def rows_in(batch: Batch) -> list[StreamRow]:
    """Decode a batch of a stream's log."""
    return _rows.decode(f"[{batch.body or ''}]".encode())


def content_of(rows: Sequence[StreamRow], content_type: str) -> bytes:
    """Return what some rows hold, as a reader gets it: JSON is always an array."""
    messages = [row for row in rows if row.type == MESSAGE]
    if media_type.is_json(content_type):
        return b"[%s]" % b",".join(bytes(row.message) for row in messages)
    return b"".join(base64.b64decode(row.data) for row in messages)


def _flattened(body: bytes) -> Iterator[msgspec.Raw]:
    try:
        if body.lstrip().startswith(b"["):
            yield from _bodies.decode(body)
        else:
            yield _body.decode(body)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise bad_request(f"The body is not JSON: {error}") from None


def _json_message(raw: bytes) -> Event:
    try:
        event = decode_event(b'{"type":"%s","message":%s}' % (MESSAGE.encode(), raw))
    except ProtocolError as error:
        raise bad_request(f"The body is not JSON: {error.reason}") from None
    if deeper_than(event.more, MAX_DEPTH):
        raise bad_request(f"The message is nested deeper than {MAX_DEPTH} levels.")
    mended = msgspec.structs.replace(event, more=mend_all(event.more))
    return masked_event(mended) if settings.MASK_SECRETS else mended


def entry_of(session_id: str, seq: int, event: Event) -> CommitEntry:
    """Number and encode an event. Raises StreamRefusal (413) for one too large."""
    ts = time.time_ns() // 1_000_000
    stamped = msgspec.structs.replace(event, session_id=session_id, seq=seq, ts=ts)
    data = encode(stamped)
    size = len(data.encode())
    if size > settings.EVENT_MAX_BYTES:
        raise StreamRefusal(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"A message has at most {settings.EVENT_MAX_BYTES:,} bytes, not {size:,}.",
        )
    return CommitEntry(seq, str(event.more["type"]), "", ts, data)
