from collections.abc import Collection
from dataclasses import dataclass

from sessions_app.masking.originals import original_commands
from sessions_app.models import Command as CommandRow
from sessions_app.protocol.commands import Command
from sessions_app.protocol.encoding.codec import ProtocolError, decode_command


@dataclass(frozen=True, slots=True)
class PendingCommand:
    """A person's command to a session that has not been answered yet.

    `command` is None if this version cannot decode the row.
    """

    id: int
    session_id: str
    by: str
    command: Command | None


def pending_commands(session_ids: Collection[str]) -> list[PendingCommand]:
    """The unanswered commands of these sessions, oldest first."""
    pending = CommandRow.objects.filter(session__in=session_ids, applied_at=None)
    rows = list(pending.select_related("by").order_by("id"))
    if not rows:
        return []
    originals = original_commands(session_ids, [row.pk for row in rows])
    return [_pending(row, originals.get(row.pk, row.data)) for row in rows]


def free_questions(command_ids: Collection[int]) -> None:
    """Clear tool_use_id of refused answers.

    The unique constraint then lets the question be answered again.
    """
    CommandRow.objects.filter(id__in=command_ids).update(tool_use_id=None)


def _pending(row: CommandRow, data: str) -> PendingCommand:
    by = row.by.get_username() if row.by else ""
    return PendingCommand(row.pk, row.session_id, by, _decoded(data))


def _decoded(data: str) -> Command | None:
    try:
        return decode_command(data)
    except ProtocolError:
        return None
