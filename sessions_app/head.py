from collections.abc import Collection
from dataclasses import dataclass

from sessions_app.models import AgentSession
from sessions_app.protocol.status import SessionStatus


@dataclass(frozen=True, slots=True)
class Head:
    """How far a session's log goes, and of which life of it."""

    session_id: str
    seq: int
    epoch: str
    status: SessionStatus


def read_heads(session_ids: Collection[str]) -> list[Head]:
    """Read the heads of sessions in one query; those that do not exist are left out."""
    rows = AgentSession.objects.filter(id__in=session_ids).values_list(
        "id", "head_seq", "epoch", "status"
    )
    return [
        Head(id_, seq, epoch, SessionStatus(status)) for id_, seq, epoch, status in rows
    ]
