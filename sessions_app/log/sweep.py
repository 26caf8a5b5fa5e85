from typing import get_args

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from sessions_app.models import AgentSession, Event
from sessions_app.protocol.events import Delta, Final, TurnDiscarded

DISCARDED = TurnDiscarded.wire_type()
FINALS = (*(final.wire_type() for final in get_args(Final)), DISCARDED)
DELTAS = tuple(delta.wire_type() for delta in get_args(Delta))


def unswept(limit: int) -> list[str]:
    """List the ids of sessions to sweep, those with the most unswept events first.

    A session qualifies if its log has a final that has not been swept, or has grown by
    DELTAS_PASSED_MIN events. The minimum keeps logs that only stream deltas from
    costing a write at each step.
    """
    finals = Event.objects.filter(
        session=OuterRef("id"), seq__gt=OuterRef("swept_seq"), type__in=FINALS
    )
    much = Q(head_seq__gte=F("swept_seq") + settings.DELTAS_PASSED_MIN)
    sessions = AgentSession.objects.filter(swept_seq__lt=F("head_seq"))
    sessions = sessions.filter(much | Exists(finals))
    sessions = sessions.order_by(F("swept_seq") - F("head_seq"))
    return list(sessions.values_list("id", flat=True)[:limit])


def sweep(session_id: str) -> bool:
    """Delete deltas that finals have superseded; return whether more may be left.

    One call is one small step: at most SWEEP_MAX_ROWS deltas of one stream, newest
    first. The rest of the stream is then a prefix, so a reader in the middle of it
    never finds a delta whose offset is beyond the text read so far.
    """
    session = AgentSession.objects.filter(id=session_id).first()
    if session is None:
        return False  # the session was deleted in the meantime
    events = Event.objects.filter(session=session_id)
    grown = events.filter(seq__gt=session.swept_seq, seq__lte=session.head_seq)
    finals = list(
        grown.filter(type__in=FINALS)
        .order_by("seq")
        .defer("data")[: settings.SWEEP_MAX_FINALS]
    )
    for final in finals:
        deltas = _superseded(events, final).order_by("-seq")
        newest = list(deltas.values_list("id", flat=True)[: settings.SWEEP_MAX_ROWS])
        if newest:
            Event.objects.filter(id__in=newest).delete()
            if len(newest) < settings.SWEEP_MAX_ROWS:
                _swept(session_id, final.seq)
            return True
    _swept(session_id, finals[-1].seq if finals else session.head_seq)
    return bool(finals)


def _superseded(events: QuerySet[Event], final: Event) -> QuerySet[Event]:
    """Return the deltas that a final, or a discarded turn, supersedes."""
    deltas = events.filter(seq__lt=final.seq, type__in=DELTAS)
    if final.type == DISCARDED:
        return deltas.filter(stream__startswith=f"{final.stream}.")
    return deltas.filter(stream=final.stream)


def _swept(session_id: str, seq: int) -> None:
    AgentSession.objects.filter(id=session_id).update(swept_seq=seq)
