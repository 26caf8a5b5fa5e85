from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus

from django.db.models import Q
from django.utils import timezone

from sessions_app.models import AgentSession, DurableStream
from sessions_app.people.rights import Principal, visible
from sessions_app.streams import media_type
from sessions_app.streams.offset import BEGINNING, TAIL, Offset
from sessions_app.streams.refusal import StreamRefusal, not_found


@dataclass(frozen=True, slots=True)
class FoundStream:
    """A session as a stream; `row` is None for a session that an agent writes.

    Such a session has its events as messages. It can always go on, so it is never
    closed.
    """

    session: AgentSession
    row: DurableStream | None

    @property
    def content_type(self) -> str:
        return self.row.content_type if self.row else media_type.JSON

    @property
    def is_closed(self) -> bool:
        return self.row is not None and self.row.is_closed

    @property
    def tail(self) -> int:
        """The seq of the last message; after it is at most the closing event."""
        return self.session.head_seq - self.is_closed

    @property
    def tail_offset(self) -> Offset:
        return Offset(self.session.epoch, self.tail)

    def seq_of(self, offset: str) -> int:
        """Return the seq after which to read. Raises StreamRefusal."""
        if offset == BEGINNING:
            return 0
        if offset == TAIL:
            return self.tail
        return Offset.parse(offset).seq_in(self.session.epoch, self.tail)


def find_stream(who: Principal, name: str) -> FoundStream:
    """Find a person's stream by its name, or a session that they may see by its id.

    Raises StreamRefusal: 404, or 410 for one that is deleted but has forks.
    """
    if "\0" in name:
        raise not_found()
    seen = visible(who).select_related("stream", "owner")
    named = Q(stream__owner=who.user_id, stream__name=name)
    session = None
    if who.user_id is not None:
        session = seen.filter(named).first()
    session = session or seen.filter(pk=name[:20]).filter(pk=name).first()
    if session is None:
        raise not_found()
    row = getattr(session, "stream", None)
    if row is not None and row.is_deleted:
        raise StreamRefusal(HTTPStatus.GONE, "This stream was deleted.")
    if row is not None and has_expired(row):
        raise not_found()
    return FoundStream(session, row)


def has_expired(row: DurableStream) -> bool:
    now = timezone.now()
    if row.expires_at is not None and row.expires_at <= now:
        return True
    if row.ttl_s is None:
        return False
    return row.touched_at + timedelta(seconds=row.ttl_s) <= now


def touch(found: FoundStream) -> None:
    """Begin a stream's time to live anew; called with each read and each write."""
    if found.row is not None and found.row.ttl_s is not None:
        DurableStream.objects.filter(pk=found.row.pk).update(touched_at=timezone.now())
