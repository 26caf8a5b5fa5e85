from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from sessions_app.log.batch import Batch
from sessions_app.log.commit import insert
from sessions_app.log.layer import tell
from sessions_app.log.status import move_status
from sessions_app.models import AgentSession, DurableStream, StreamProducer
from sessions_app.protocol.events import Event
from sessions_app.protocol.status import SessionStatus, StatusCause, StatusMove
from sessions_app.streams import media_type
from sessions_app.streams.append_request import AppendRequest
from sessions_app.streams.found_stream import FoundStream
from sessions_app.streams.messages import closing, entry_of, messages_in
from sessions_app.streams.offset import Offset
from sessions_app.streams.producer import ProducerRequest
from sessions_app.streams.refusal import StreamRefusal, bad_request, not_found

CLOSED = StatusMove.by(StatusCause.RUN, SessionStatus.COMPLETED)


@dataclass(frozen=True, slots=True)
class Appended:
    """The stream after a request; `is_new` False: it had been accepted before."""

    tail: Offset
    is_closed: bool
    is_new: bool
    producer: ProducerRequest | None  # its last request that was accepted


@transaction.atomic
def append(session_id: str, request: AppendRequest) -> Appended:
    """Append to a stream, or close it, or both; all of it or nothing.

    The lock on the session's row is the lease of whoever writes: requests to one
    stream are judged and written one after the other, whichever process has them. The
    producer's state is written in the same transaction as its events, so a request
    that was accepted is known as such for as long as the stream is there. Raises
    StreamRefusal.
    """
    found = _locked(session_id)
    row = _row(found)
    producer = request.producer
    last = _last_request(row, producer)
    if found.is_closed:
        return _to_closed(found, request, last)
    if request.body:
        _check_type(row, request.content_type)
    is_new = producer is None or producer.is_new_after(last.request if last else None)
    if not is_new and last is not None:
        return Appended(found.tail_offset, False, False, last.request)
    _check_seq(row, request.seq)
    events = messages_in(request.body, row.content_type) if request.body else []
    if request.body and not events:
        raise bad_request("The array is empty: send at least one message.")
    add(found.session, events, closes=request.closes)
    _write_row(row, request)
    if producer is not None:
        StreamProducer.objects.update_or_create(
            stream=row,
            name=producer.name,
            defaults={
                "epoch": producer.epoch,
                "seq": producer.seq,
                "has_closed": request.closes,
            },
        )
    tail = Offset(found.session.epoch, found.session.head_seq - request.closes)
    return Appended(tail, request.closes, True, producer)


def add(session: AgentSession, events: Sequence[Event], *, closes: bool) -> None:
    """Write events to a session's log, in a transaction that has locked its row."""
    written = [*events, closing()] if closes else events
    if not written:
        return
    entries = [
        entry_of(session.pk, session.head_seq + nth, event)
        for nth, event in enumerate(written, 1)
    ]
    insert(session.pk, entries)
    batch = Batch(
        session.pk,
        after=session.head_seq,
        up_to=entries[-1].seq,
        count=len(entries),
        body=",".join(entry.data for entry in entries),
    )
    session.head_seq = batch.up_to
    rows = AgentSession.objects.filter(pk=session.pk)
    rows.update(head_seq=batch.up_to)
    if closes:
        move_status(rows, CLOSED, ended_at=Now())
    transaction.on_commit(lambda: tell(batch))


@dataclass(frozen=True, slots=True)
class LastRequest:
    request: ProducerRequest
    has_closed: bool


def _locked(session_id: str) -> FoundStream:
    rows = AgentSession.objects.select_for_update(no_key=True)
    session = rows.filter(pk=session_id).first()
    row = DurableStream.objects.filter(pk=session_id).first()
    if session is None or (row is not None and row.is_deleted):
        raise not_found()
    return FoundStream(session, row)


def _row(found: FoundStream) -> DurableStream:
    if found.row is None or found.session.lease:
        raise StreamRefusal(
            HTTPStatus.METHOD_NOT_ALLOWED,
            "An agent writes this session: send it commands instead.",
            {"Allow": "GET, HEAD"},
        )
    return found.row


def _last_request(
    row: DurableStream, producer: ProducerRequest | None
) -> LastRequest | None:
    if producer is None:
        return None
    known = row.producers.filter(name=producer.name).first()
    if known is None:
        if row.producers.count() >= settings.STREAM_PRODUCERS_MAX:
            raise bad_request(
                f"Producer-Id: a stream has at most {settings.STREAM_PRODUCERS_MAX}"
            )
        return None
    last = ProducerRequest(known.name, known.epoch, known.seq)
    return LastRequest(last, known.has_closed)


def _to_closed(
    found: FoundStream, request: AppendRequest, last: LastRequest | None
) -> Appended:
    """Answer a request to a closed stream: only a repetition is accepted."""
    producer = request.producer
    if producer is None and request.closes and not request.body:
        return Appended(found.tail_offset, True, False, None)
    if producer is not None and last is not None:
        if last.has_closed and producer == last.request:
            return Appended(found.tail_offset, True, False, producer)
        if producer.epoch < last.request.epoch:
            producer.is_new_after(last.request)
    raise StreamRefusal(
        HTTPStatus.CONFLICT,
        "The stream is closed: nothing more can be appended.",
        {"Stream-Closed": "true", "Stream-Next-Offset": str(found.tail_offset)},
    )


def _check_type(row: DurableStream, content_type: str) -> None:
    if media_type.base(content_type) != media_type.base(row.content_type):
        raise StreamRefusal(
            HTTPStatus.CONFLICT, f"Content-Type: this stream is {row.content_type}"
        )


def _check_seq(row: DurableStream, seq: str) -> None:
    if seq and seq <= row.last_seq:
        raise StreamRefusal(
            HTTPStatus.CONFLICT, f"Stream-Seq: must come after {row.last_seq!r}"
        )


def _write_row(row: DurableStream, request: AppendRequest) -> None:
    changes: dict[str, object] = {}
    if request.seq:
        changes["last_seq"] = request.seq
    if request.closes:
        changes["is_closed"] = True
    if row.ttl_s is not None:
        changes["touched_at"] = Now()
    if changes:
        DurableStream.objects.filter(pk=row.pk).update(**changes)
