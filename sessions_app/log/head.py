from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection

from sessions_app.protocol.status import SessionStatus

QUERY_MAX_IDS = 10_000  # databases limit a query's parameters, SQLite to 32,766


@dataclass(frozen=True, slots=True)
class Head:
    """The last seq and the epoch of a session's log, and the session's status."""

    session_id: str
    seq: int
    epoch: str
    status: SessionStatus


def read_heads(session_ids: Collection[str]) -> list[Head]:
    """Read the heads of sessions; ids without a session are left out.

    Without a shared layer this runs hundreds of times a second. The query bypasses the
    ORM, which would take most of the time.
    """
    ids = list(session_ids)
    parts = range(0, len(ids), QUERY_MAX_IDS)
    return [head for at in parts for head in _read(ids[at : at + QUERY_MAX_IDS])]


def _read(ids: list[str]) -> list[Head]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, head_seq, epoch, status FROM sessions_app_agentsession "  # noqa: S608 its values are parameters
            f"WHERE id IN ({', '.join(['%s'] * len(ids))})",
            ids,
        )
        return [
            Head(id_, seq, epoch, SessionStatus(status))
            for id_, seq, epoch, status in cursor.fetchall()
        ]
