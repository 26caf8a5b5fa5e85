from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import msgspec
from django.db.models import OuterRef, Q, Subquery

from sessions_app.models import AgentSession, Command, Event
from sessions_app.protocol.encoding.codec import decode_event
from sessions_app.protocol.events import (
    Approval,
    ApprovalRequest,
    ToolResult,
    TurnStart,
)
from sessions_app.protocol.prepared import prepared

ASKED = ApprovalRequest.wire_type()
TYPES = (ASKED, Approval.wire_type(), ToolResult.wire_type())


@prepared
class _Named(msgspec.Struct, rename="camel"):
    tool_use_id: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """A tool call that waits for a person; `request` is the request event's JSON."""

    session_id: str
    tool_use_id: str
    request: str


def pending_approvals(session_ids: Collection[str]) -> list[Ask]:
    """Return the pending approvals of sessions, the longest wait first.

    An approval is pending only during its session's last turn, so only that turn is
    read. Takes three queries for any number of sessions.
    """
    if not session_ids:
        return []
    open_: dict[tuple[str, str], Ask] = {}
    for session_id, type_, data in _logged_approvals(session_ids):
        call = msgspec.json.decode(data, type=_Named).tool_use_id
        if type_ == ASKED:
            open_[session_id, call] = Ask(session_id, call, data)
        else:
            open_.pop((session_id, call), None)
    answered = _answered(open_)
    return [ask for key, ask in open_.items() if key not in answered]


def open_questions(session: AgentSession) -> list[ApprovalRequest]:
    """Return the decoded request events of one session's pending approvals."""
    events = (decode_event(ask.request) for ask in pending_approvals([session.pk]))
    return [event for event in events if isinstance(event, ApprovalRequest)]


def count_pending_approvals(sessions: Iterable[AgentSession]) -> Counter[str]:
    """Count pending approvals by session; only waiting sessions are queried."""
    waiting = [session.pk for session in sessions if session.is_waiting]
    return Counter(ask.session_id for ask in pending_approvals(waiting))


def _logged_approvals(session_ids: Collection[str]) -> Iterable[tuple[str, str, str]]:
    """Read approval requests, answers and results since each session's last turn."""
    turn = Event.objects.filter(session=OuterRef("pk"), type=TurnStart.wire_type())
    last = turn.order_by("-seq").values("seq")[:1]
    sessions = AgentSession.objects.filter(pk__in=session_ids)
    since = Q(pk__in=())
    for id_, seq in sessions.values_list("pk", Subquery(last)):
        since |= Q(session=id_, seq__gt=seq or 0)
    events = Event.objects.filter(since, type__in=TYPES).order_by("ts", "seq")
    return events.values_list("session_id", "type", "data")


def _answered(asked: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return the calls that have an answer stored, even if no runner has read it."""
    commands = Command.objects.filter(
        session__in={session_id for session_id, _ in asked},
        tool_use_id__in={call for _, call in asked},
    )
    pairs = commands.values_list("session_id", "tool_use_id")
    return {(session_id, str(call)) for session_id, call in pairs}
