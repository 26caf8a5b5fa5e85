from dataclasses import dataclass

from django.db import connection
from django.db.models.functions import Now

from sessions_app.models import AgentSession, EpochChange, new_epoch

FIRST = "0"  # the version of all logs until one of them is replaced
LOCK = 0x52494E47  # any number that nobody else locks


def change_epoch(session_id: str) -> None:
    """Give a session's log a new epoch; to be called in the change's transaction."""
    AgentSession.objects.filter(pk=session_id).update(
        epoch=new_epoch(), updated_at=Now()
    )
    _note(session_id)


def change_all_epochs() -> int:
    """Give all logs a new epoch; returns how many there are. In a transaction."""
    count = AgentSession.objects.update(epoch=new_epoch())
    _note("")
    return count


def _note(session_id: str) -> None:
    """Note a change, so that the changes' numbers are in the order of their commits."""
    if connection.vendor == "postgresql":  # on SQLite one writes at a time anyway
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    EpochChange.objects.create(session_id=session_id)


def version_of_logs() -> str:
    """Return the version of all logs together: the newest change's token."""
    tokens = EpochChange.objects.order_by("-id").values_list("token", flat=True)
    return tokens.first() or FIRST


@dataclass(frozen=True, slots=True)
class EpochChanges:
    """What changed since a version; `session_ids` None: all logs, or who knows."""

    version: str
    session_ids: frozenset[str] | None


def changes_since(version: str) -> EpochChanges:
    """Read which logs were replaced since a version of all logs."""
    changes = EpochChange.objects.order_by("id")
    if version != FIRST:
        known = EpochChange.objects.filter(token=version).first()
        if known is None:  # of a time that a restore has undone
            return EpochChanges(version_of_logs(), None)
        changes = changes.filter(id__gt=known.pk)
    rows = list(changes.values_list("token", "session_id"))
    ids = frozenset(session_id for _, session_id in rows)
    return EpochChanges(rows[-1][0] if rows else version, None if "" in ids else ids)
