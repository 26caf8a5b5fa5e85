from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Now

from sessions_app.models import AgentSession
from sessions_app.protocol.status import StatusMove


def move_status(
    sessions: QuerySet[AgentSession], move: StatusMove, **columns: Any
) -> int:
    """Change the status, and other columns, of the sessions from which it is legal.

    Returns how many rows it changed. Every change of a stored status goes through this
    one statement, which compares and writes: of two who try at once, the second sees
    what the first wrote. The caller's transaction decides when it counts.
    """
    legal = sessions.filter(status__in=[status.value for status in move.sources])
    return legal.update(status=move.target.value, **columns, updated_at=Now())
