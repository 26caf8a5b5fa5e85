from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Self

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils.dateparse import parse_datetime

from sessions_app.masking.originals import masked_words
from sessions_app.models import AgentSession, DurableStream
from sessions_app.protocol.engine_kind import STREAM
from sessions_app.protocol.status import SessionStatus, StatusCause, first_status
from sessions_app.streams import media_type
from sessions_app.streams.append import add
from sessions_app.streams.append_request import closes_stream
from sessions_app.streams.fork import ForkPoint, copy_into
from sessions_app.streams.found_stream import FoundStream, has_expired
from sessions_app.streams.messages import messages_in
from sessions_app.streams.producer import WHOLE
from sessions_app.streams.refusal import StreamRefusal, bad_request
from sessions_app.streams.removal import delete

TTL_MAX_S = 10**9
NAME_MAX_CHARS = 200


@dataclass(frozen=True, slots=True)
class CreateRequest:
    """What a PUT asks: a stream of this configuration, with this beginning."""

    content_type: str  # "": the source's, or bytes
    ttl_s: int | None
    expires_at: datetime | None
    closes: bool
    fork: ForkPoint | None
    body: bytes

    @classmethod
    def of(cls, headers: Mapping[str, str], body: bytes) -> Self:
        """Raises StreamRefusal (400)."""
        content_type = headers.get("Content-Type", "").strip()
        ttl, expires = headers.get("Stream-TTL"), headers.get("Stream-Expires-At")
        if ttl is not None and expires is not None:
            raise bad_request("Send Stream-TTL or Stream-Expires-At, not both.")
        return cls(
            media_type.checked(content_type) if content_type else "",
            _ttl(ttl),
            _expiry(expires),
            closes_stream(headers),
            ForkPoint.of(headers),
            body,
        )


def create(owner: User, name: str, request: CreateRequest) -> tuple[FoundStream, bool]:
    """Return the person's stream of this name, and whether it was made now.

    Raises StreamRefusal: 409 if there is one of another configuration.
    """
    if not 0 < len(name) <= NAME_MAX_CHARS or "\0" in name:
        raise bad_request(f"A stream's name has 1 to {NAME_MAX_CHARS} characters.")
    with transaction.atomic():
        # The lock makes two who create the same name at once one after the other.
        User.objects.select_for_update(no_key=True).get(pk=owner.pk)
        there = DurableStream.objects.filter(owner=owner, name=name).first()
        if there is not None and has_expired(there) and not there.forks.exists():
            delete(there)
            there = None
        if there is not None:
            return _same(there, request), False
        return _new(owner, name, request), True


def _new(owner: User, name: str, request: CreateRequest) -> FoundStream:
    if (
        DurableStream.objects.filter(owner=owner).count()
        >= settings.STREAMS_OF_PERSON_MAX
    ):
        raise StreamRefusal(
            HTTPStatus.TOO_MANY_REQUESTS,
            f"You have {settings.STREAMS_OF_PERSON_MAX} streams: delete some.",
        )
    source = request.fork.source(owner) if request.fork else None
    content_type = request.content_type or (
        source.content_type if source else media_type.OCTETS
    )
    if source and media_type.base(content_type) != media_type.base(source.content_type):
        raise StreamRefusal(
            HTTPStatus.CONFLICT, f"Content-Type: the source is {source.content_type}"
        )
    session = AgentSession.objects.create(
        owner=owner,
        title=masked_words(name),
        prompt="",
        model="",
        engine=STREAM.name,
        status=first_status(StatusCause.CREATION, SessionStatus.RUNNING),
    )
    has_own_end = request.ttl_s is not None or request.expires_at is not None
    row = DurableStream.objects.create(
        session=session,
        owner=owner,
        name=name,
        content_type=content_type,
        ttl_s=source.ttl_s if source and not has_own_end else request.ttl_s,
        expires_at=(
            source.expires_at if source and not has_own_end else request.expires_at
        ),
        is_closed=request.closes,
        forked_from=source,
        fork_point=request.fork.written if request.fork else "",
    )
    if source and request.fork:
        copy_into(session, source, request.fork)
    events = messages_in(request.body, content_type) if request.body else []
    add(session, events, closes=request.closes)
    return FoundStream(session, row)


def _same(there: DurableStream, request: CreateRequest) -> FoundStream:
    wanted = request.content_type or media_type.OCTETS
    point = request.fork.written if request.fork else ""
    if request.fork and not request.content_type:
        wanted = there.content_type
    has_end = request.ttl_s is not None or request.expires_at is not None
    is_same = (
        not there.is_deleted
        and media_type.base(wanted) == media_type.base(there.content_type)
        and there.is_closed == request.closes
        and there.fork_point == point
        and (
            (there.ttl_s, there.expires_at) == (request.ttl_s, request.expires_at)
            or (request.fork is not None and not has_end)
        )
    )
    if not is_same:
        raise StreamRefusal(
            HTTPStatus.CONFLICT, "There is another stream of this name: choose another."
        )
    return FoundStream(there.session, there)


def _ttl(text: str | None) -> int | None:
    if text is None:
        return None
    if not WHOLE.fullmatch(text) or str(int(text)) != text or int(text) > TTL_MAX_S:
        raise bad_request(f"Stream-TTL: expected seconds, at most {TTL_MAX_S}")
    return int(text)


def _expiry(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise bad_request("Stream-Expires-At: expected a time as in RFC 3339")
    return found
