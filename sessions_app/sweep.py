from typing import get_args

from django.conf import settings
from django.db.models import F

from sessions_app.models import AgentSession, Event
from sessions_app.protocol.events import Delta, Final, TurnDiscarded

DISCARDED = TurnDiscarded.wire_type()
FINALS = (*(final.wire_type() for final in get_args(Final)), DISCARDED)
DELTAS = tuple(delta.wire_type() for delta in get_args(Delta))


def unswept(limit: int) -> list[str]:
    """List sessions whose logs have grown since they were swept, most grown first."""
    sessions = AgentSession.objects.filter(swept_seq__lt=F("head_seq"))
    sessions = sessions.order_by(F("swept_seq") - F("head_seq"))
    return list(sessions.values_list("id", flat=True)[:limit])


def sweep(session_id: str) -> bool:
    """Delete deltas that finals have superseded; tell whether more may be left.

    One small step: at most SWEEP_MAX_ROWS of one stream, its newest first. What is
    left of a stream is then a prefix of it, so a reader in the midst never meets an
    offset beyond its text.
    """
    session = AgentSession.objects.get(id=session_id)
    head = session.head_seq
    events = Event.objects.filter(session=session_id)
    final = (
        events.filter(seq__gt=session.swept_seq, seq__lte=head, type__in=FINALS)
        .order_by("seq")
        .first()
    )
    if final is None:
        _swept(session_id, head)
        return False
    deltas = events.filter(seq__lt=final.seq, type__in=DELTAS)
    if final.type == DISCARDED:
        deltas = deltas.filter(stream__startswith=f"{final.stream}.")
    else:
        deltas = deltas.filter(stream=final.stream)
    newest = list(deltas.order_by("-seq").values_list("id", flat=True)[: _max_rows()])
    Event.objects.filter(id__in=newest).delete()
    if len(newest) < _max_rows():
        _swept(session_id, final.seq)
    return True


def _swept(session_id: str, seq: int) -> None:
    AgentSession.objects.filter(id=session_id).update(swept_seq=seq)


def _max_rows() -> int:
    return int(settings.SWEEP_MAX_ROWS)
