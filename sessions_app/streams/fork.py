import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import unquote

import msgspec
from django.contrib.auth.models import User

from sessions_app.log.commit import CommitEntry, insert
from sessions_app.models import AgentSession, DurableStream, Event
from sessions_app.people.rights import principal_of
from sessions_app.protocol.encoding.codec import decode_event, encode
from sessions_app.streams import media_type
from sessions_app.streams.found_stream import FoundStream, find_stream
from sessions_app.streams.messages import MESSAGE, bytes_message, entry_of
from sessions_app.streams.offset import TAIL, Offset
from sessions_app.streams.producer import WHOLE
from sessions_app.streams.refusal import StreamRefusal, bad_request

PATH = re.compile(r".*/v1/stream/(.+)")
OFFSET, SUB_OFFSET = "Stream-Fork-Offset", "Stream-Fork-Sub-Offset"


@dataclass(frozen=True, slots=True)
class ForkPoint:
    """Where a new stream leaves another one: after a message, or within one."""

    name: str  # of the source
    offset: str
    sub_offset: int

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> "ForkPoint | None":
        """Raises StreamRefusal (400)."""
        source = headers.get("Stream-Forked-From")
        offset, sub = headers.get(OFFSET), headers.get(SUB_OFFSET)
        if source is None:
            if offset is not None or sub is not None:
                raise bad_request("Send Stream-Forked-From as well.")
            return None
        found = PATH.fullmatch(source)
        if found is None:
            raise bad_request("Stream-Forked-From: expected the path of a stream")
        if sub is not None and not WHOLE.fullmatch(sub):
            raise bad_request(f"{SUB_OFFSET}: expected a whole number, 0 or more")
        if offset is None and int(sub or 0) > 0:
            raise bad_request(f"Send {OFFSET} as well.")
        if offset is not None:
            Offset.parse(offset)
        return cls(unquote(found[1]), offset or TAIL, int(sub or 0))

    @property
    def written(self) -> str:
        """How the fork's row keeps it, to compare with a request that comes again."""
        return f"{self.name}@{self.offset}+{self.sub_offset}"

    def source(self, owner: User) -> DurableStream:
        """Raises StreamRefusal: 404, or 409 for a source that was deleted."""
        try:
            found = find_stream(principal_of(owner), self.name)
        except StreamRefusal as refusal:
            if refusal.status is HTTPStatus.GONE:
                raise StreamRefusal(HTTPStatus.CONFLICT, refusal.detail) from None
            raise
        if found.row is None:
            raise bad_request("Stream-Forked-From: a session that an agent writes")
        return found.row


def copy_into(fork: AgentSession, source: DurableStream, point: ForkPoint) -> None:
    """Copy a source's log up to a point into the new log of a fork.

    Both have the same epoch and seqs, so the offsets up to there are valid in both.
    Raises StreamRefusal (400) for a point that is not in the source.
    """
    session = source.session
    end = _end(FoundStream(session, source), point)
    piece = None
    if point.sub_offset and media_type.is_json(source.content_type):
        end = _end_within(session, source, end, point.sub_offset)
    elif point.sub_offset:
        piece = _piece_after(session, end, point.sub_offset)
    events = Event.objects.filter(session=session, seq__lte=end, type=MESSAGE)
    lines = events.order_by("seq").values_list("seq", "ts", "data")
    entries = [_copied(fork, *line) for line in lines.iterator(chunk_size=500)]
    if piece is not None:
        end += 1
        entries.append(entry_of(fork.pk, end, bytes_message(piece)))
    insert(fork.pk, entries)
    fork.epoch, fork.head_seq = session.epoch, end
    AgentSession.objects.filter(pk=fork.pk).update(epoch=fork.epoch, head_seq=end)


def _end(found: FoundStream, point: ForkPoint) -> int:
    try:
        return found.seq_of(point.offset)
    except StreamRefusal as refusal:
        raise bad_request(f"{OFFSET}: {refusal.detail}") from None


def _end_within(
    session: AgentSession, source: DurableStream, end: int, count: int
) -> int:
    if end + count > FoundStream(session, source).tail:
        raise bad_request(f"{SUB_OFFSET}: the source has fewer messages")
    return end + count


def _piece_after(session: AgentSession, end: int, size: int) -> bytes:
    """Return the first bytes of the message after `end`."""
    after = Event.objects.filter(session=session, seq=end + 1, type=MESSAGE)
    line = after.values_list("data", flat=True).first()
    data = base64.b64decode(str(decode_event(line).more["data"])) if line else b""
    if size > len(data):
        raise bad_request(f"{SUB_OFFSET}: the next message has {len(data)} bytes")
    return data[:size]


def _copied(fork: AgentSession, seq: int, ts: int, line: str) -> CommitEntry:
    event = msgspec.structs.replace(decode_event(line), session_id=fork.pk)
    return CommitEntry(seq, MESSAGE, "", ts, encode(event))
