from typing import get_args

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from sessions_app.models import AgentSession, Event
from sessions_app.protocol.events import Delta, Final, TurnDiscarded

DISCARDED = TurnDiscarded.wire_type()
FINALS = (*(final.wire_type() for final in get_args(Final)), DISCARDED)
DELTAS = tuple(delta.wire_type() for delta in get_args(Delta))


def unswept(limit: int) -> list[str]:
    """List sessions whose logs hold new finals, those that have grown most first.

    A log that only streams is left alone for DELTAS_PASSED_MIN events: a step writes.
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
    """Delete deltas that finals have superseded; tell whether more may be left.

    One small step: at most SWEEP_MAX_ROWS of one stream, its newest first. What is
    left of a stream is then a prefix of it, so a reader in the midst never meets an
    offset beyond its text.
    """
    session = AgentSession.objects.filter(id=session_id).first()
    if session is None:
        return False  # deleted meanwhile
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
    """Find the deltas that a final, or the end of a broken attempt, replaces."""
    deltas = events.filter(seq__lt=final.seq, type__in=DELTAS)
    if final.type == DISCARDED:
        return deltas.filter(stream__startswith=f"{final.stream}.")
    return deltas.filter(stream=final.stream)


def _swept(session_id: str, seq: int) -> None:
    AgentSession.objects.filter(id=session_id).update(swept_seq=seq)
