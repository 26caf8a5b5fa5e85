from collections.abc import Iterable
from dataclasses import replace

from django.contrib.auth.models import User

from sessions_app.commands.open_approvals import pending_approvals
from sessions_app.delivery.ag_ui.position import Mark, Position, read_position
from sessions_app.delivery.ag_ui.run_state import AWAITED, QUESTION
from sessions_app.delivery.event_stream.event_id import Place
from sessions_app.delivery.event_stream.lines import HEAD
from sessions_app.models import AgentSession, Event
from sessions_app.people.rights import visible_to
from sessions_app.protocol.events import Error, UserMessage
from sessions_app.sessions.tree import descendants_of

AWAITS = Mark(AWAITED, "-", 0)
ANSWERS = (UserMessage.wire_type(), Error.wire_type())


def first_event(session: AgentSession) -> Position:
    """The position before all that the session's log has."""
    return Position(Place(session.epoch, 0))


def present(user: User, session: AgentSession) -> Position:
    """The position after all that the logs have now, with what waits for a person."""
    below = descendants_of([session.pk])[session.pk]
    seen = visible_to(user).filter(pk__in=[one.pk for one in below])
    places = {one.pk: Place(one.epoch, one.head_seq) for one in seen}
    session.refresh_from_db(fields=["epoch", "head_seq"])
    asks = pending_approvals({session.pk, *places})
    marks = [Mark(QUESTION, a.session_id, _seq(a.request)) for a in asks]
    return Position(Place(session.epoch, session.head_seq), places, marks=tuple(marks))


def after_last_run(session: AgentSession, cursor: str) -> Position | None:
    """The position in a client's state; None: there is none, or the log is another."""
    at = read_position(cursor)
    if at is None or at.own.epoch != session.epoch or at.own.seq > session.head_seq:
        return None
    return Position(at.own, at.children, marks=_without(at.marks, AWAITED))


def before_message(session: AgentSession, command_id: str, at: Position) -> Position:
    """Begin before the message if it is logged: the request has come before."""
    seq = _logged_at(session, command_id)
    if seq is None or seq > at.own.seq:
        return at
    return Position(Place(at.own.epoch, seq - 1))


def awaiting(at: Position, session: AgentSession, command_id: str) -> Position:
    """Let a run wait for its message, unless the position is after that."""
    seq = _logged_at(session, command_id)
    if seq is None or seq > at.own.seq:
        return replace(at, marks=(*at.marks, AWAITS))
    return at


def _logged_at(session: AgentSession, command_id: str) -> int | None:
    """Return the seq of the message, or of the error, that a command has led to."""
    found = Event.objects.filter(
        session=session,
        type__in=ANSWERS,
        data__contains=f'"commandId":"{command_id}"',
    )
    return found.values_list("seq", flat=True).order_by("seq").first()


def _without(marks: Iterable[Mark], kind: str) -> tuple[Mark, ...]:
    return tuple(mark for mark in marks if mark.kind != kind)


def _seq(request: str) -> int:
    return HEAD.decode(request).seq
