from collections.abc import Collection
from dataclasses import dataclass

from sessions_app.models import Command as CommandRow
from sessions_app.protocol.codec import ProtocolError, decode_command
from sessions_app.protocol.commands import Command


@dataclass(frozen=True, slots=True)
class PendingCommand:
    """What a person asked of a session, not answered yet.

    `command` is None where the row holds none that this version knows.
    """

    id: int
    session_id: str
    by: str
    command: Command | None


def pending_commands(session_ids: Collection[str]) -> list[PendingCommand]:
    """List what is asked of these sessions and not answered, the oldest first."""
    rows = CommandRow.objects.filter(session__in=session_ids, applied_at=None)
    return [_pending(row) for row in rows.select_related("by").order_by("id")]


def free_questions(command_ids: Collection[int]) -> None:
    """Let the questions of refused answers, should they be asked again, have others.

    Each question has one answer, and a refused one is none.
    """
    CommandRow.objects.filter(id__in=command_ids).update(tool_use_id=None)


def _pending(row: CommandRow) -> PendingCommand:
    by = row.by.get_username() if row.by else ""
    return PendingCommand(row.pk, row.session_id, by, _decoded(row.data))


def _decoded(data: str) -> Command | None:
    try:
        return decode_command(data)
    except ProtocolError:
        return None
