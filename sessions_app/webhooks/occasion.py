from enum import StrEnum

from sessions_app.models import AgentSession
from sessions_app.protocol.events import AgentComplete, ApprovalRequest, Event, Status
from sessions_app.protocol.status import SessionStatus
from sessions_app.sessions.budget_limits import TOOL as BUDGET_TOOL


class Occasion(StrEnum):
    """What a webhook tells of."""

    WAITING = "waiting"  # a call, of a sub-agent too, waits for a person
    DONE = "done"  # a main session has completed
    FAILED = "failed"  # a main session has failed, or its runner is gone
    BUDGET = "budget"  # a budget is spent


TYPES = tuple(kind.wire_type() for kind in (ApprovalRequest, Status, AgentComplete))
BY_STATUS = {
    SessionStatus.COMPLETED: Occasion.DONE,
    SessionStatus.FAILED: Occasion.FAILED,
    SessionStatus.INTERRUPTED: Occasion.FAILED,
}


def occasion_of(event: Event, session: AgentSession) -> Occasion | None:
    """Return what an event of a session is an occasion to tell; None: nothing."""
    if isinstance(event, ApprovalRequest):
        return Occasion.BUDGET if event.tool == BUDGET_TOOL else Occasion.WAITING
    if session.parent_id is not None:
        return None
    if isinstance(event, AgentComplete) and event.status == "budget":
        return Occasion.BUDGET
    return BY_STATUS.get(event.status) if isinstance(event, Status) else None
