from collections import defaultdict
from collections.abc import Collection, Sequence

from django.db.models import QuerySet
from django.db.models.functions import Coalesce, Now

from sessions_app.models import AgentSession, Command
from sessions_app.protocol.commands import Prompt

PLACE = Coalesce("rank", "id")


class OutOfDate(Exception):
    """The messages that wait are others than those named; the text says what to do."""


def waiting_messages(session_ids: Collection[str]) -> QuerySet[Command]:
    """The messages that no log has yet, in the order in which they will be read.

    A message that a runner has taken is among them until the log has it.
    """
    prompts = Command.objects.filter(type=Prompt.wire_type(), applied_at=None)
    return prompts.filter(session__in=session_ids).order_by(PLACE, "id")


def ids_of_waiting(session_ids: Collection[str]) -> dict[str, list[str]]:
    """Return the ids of the waiting messages by session, as they will be read."""
    found: dict[str, list[str]] = defaultdict(list)
    rows = waiting_messages(session_ids).values_list("session_id", "id")
    for session_id, number in rows:
        found[session_id].append(str(number))
    return found


def reorder_messages(session: AgentSession, command_ids: Sequence[str]) -> None:
    """Give the session's untaken messages this order. Raises OutOfDate.

    The caller holds the lock of the session's row, so no message comes meanwhile; the
    messages are locked in order of id, as `take_messages` does, and are compared and
    written under these locks: a runner that takes them has all in the one order or the
    other.
    """
    free = waiting_messages([session.pk]).filter(taken_at=None)
    rows = list(free.order_by("id").select_for_update())
    by_id = {str(row.pk): row for row in rows}
    if sorted(by_id) != sorted(command_ids):
        raise OutOfDate(
            "The messages that wait have changed: look at them, and order them again."
        )
    places = sorted(row.rank or row.pk for row in rows)
    for place, command_id in zip(places, command_ids, strict=True):
        by_id[command_id].rank = place
    Command.objects.bulk_update(rows, ["rank"])


def note_change(session: AgentSession) -> None:
    """Have all open pages told: the session's row of the list has its messages."""
    AgentSession.objects.filter(pk=session.pk).update(updated_at=Now())
