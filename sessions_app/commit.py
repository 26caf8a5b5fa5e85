from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models.functions import Now

from sessions_app.batch import Batch
from sessions_app.clock import now_sql
from sessions_app.models import AgentSession, Command

INSERT_MAX_ROWS = 500  # of one statement; a database bounds its parameters


@dataclass(frozen=True, slots=True)
class Entry:
    """One event, numbered and encoded."""

    seq: int
    type: str
    stream: str
    ts: int
    data: str


@dataclass(frozen=True, slots=True)
class Group:
    """One session's part of a commit: all of it is written, or nothing."""

    session_id: str
    lease: str
    after: int
    up_to: int
    entries: tuple[Entry, ...]
    changes: dict[str, Any]
    applied: tuple[int, ...]

    def batch(self) -> Batch:
        return Batch(
            session_id=self.session_id,
            after=self.after,
            up_to=self.up_to,
            count=len(self.entries),
            body=",".join(entry.data for entry in self.entries),
        )


def commit(groups: Sequence[Group]) -> list[bool]:
    """Write the groups in one transaction; tell of each whether it is in the log.

    It is not where it was fenced off. A group whose rows are there already (its
    COMMIT had succeeded and only the answer was lost) counts as written.
    """
    connection.close_if_unusable_or_obsolete()
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        moved = _move_heads(cursor, groups)
        written = [group for group in groups if group.session_id in moved]
        _insert(cursor, [(g.session_id, entry) for g in written for entry in g.entries])
        for group in written:
            _update_rows(group)
        return [
            group.session_id in moved or _is_written(cursor, group) for group in groups
        ]


def _move_heads(cursor: CursorWrapper, groups: Sequence[Group]) -> set[str]:
    """Move the heads of those whose lease holds; all in one statement.

    What a commit costs is mostly its trips to the database, not its rows.
    """
    values = ", ".join(["(%s, %s, %s, %s)"] * len(groups))
    cursor.execute(
        f"WITH moves (id, lease, head, next_head) AS (VALUES {values}) "  # noqa: S608
        "UPDATE sessions_app_agentsession "
        f"SET head_seq = moves.next_head, heartbeat_at = {now_sql()} "
        "FROM moves WHERE sessions_app_agentsession.id = moves.id "
        "AND sessions_app_agentsession.lease = moves.lease "
        "AND sessions_app_agentsession.head_seq = moves.head "
        "RETURNING sessions_app_agentsession.id",
        [
            value
            for group in groups
            for value in (group.session_id, group.lease, group.after, group.up_to)
        ],
    )
    return {id_ for (id_,) in cursor.fetchall()}


def _is_written(cursor: CursorWrapper, group: Group) -> bool:
    cursor.execute(
        "SELECT 1 FROM sessions_app_agentsession "
        "WHERE id = %s AND lease = %s AND head_seq = %s",
        [group.session_id, group.lease, group.up_to],
    )
    return cursor.fetchone() is not None


def insert(session_id: str, entries: Sequence[Entry]) -> None:
    """Write events of a session whose log nobody else writes now."""
    with connection.cursor() as cursor:
        _insert(cursor, [(session_id, entry) for entry in entries])


def _insert(cursor: CursorWrapper, rows: Sequence[tuple[str, Entry]]) -> None:
    for start in range(0, len(rows), INSERT_MAX_ROWS):
        chunk = rows[start : start + INSERT_MAX_ROWS]
        values = ", ".join(["(%s, %s, %s, %s, %s, %s)"] * len(chunk))
        cursor.execute(
            "INSERT INTO sessions_app_event "  # noqa: S608 placeholders only
            f"(session_id, seq, type, stream, ts, data) VALUES {values}",
            [
                value
                for session_id, entry in chunk
                for value in (session_id, *_columns(entry))
            ],
        )


def _columns(entry: Entry) -> tuple[Any, ...]:
    return entry.seq, entry.type, entry.stream, entry.ts, entry.data


def _update_rows(group: Group) -> None:
    if group.changes:
        session = AgentSession.objects.filter(id=group.session_id)
        session.update(**group.changes, updated_at=Now())
    if group.applied:
        commands = Command.objects.filter(id__in=group.applied)
        commands.update(applied_at=Now())
