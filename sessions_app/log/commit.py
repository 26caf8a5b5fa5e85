from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models.functions import Now

from sessions_app.log.batch import Batch
from sessions_app.log.database.clock import now_sql
from sessions_app.log.database.lasting_connection import renew
from sessions_app.log.status import move_status
from sessions_app.models import AgentSession, Command
from sessions_app.protocol.status import SessionStatus, StatusMove
from sessions_app.sqlite.base import DatabaseWrapper, Statement

INSERT_MAX_ROWS = 500  # rows per statement; databases limit a statement's parameters
INSERT = (
    "INSERT INTO sessions_app_event (session_id, seq, type, stream, ts, data) {rows}"
)
MOVE_HEADS = """
UPDATE sessions_app_agentsession
SET head_seq = moves.next_head, heartbeat_at = {now}
FROM {moves} WHERE sessions_app_agentsession.id = moves.id
AND sessions_app_agentsession.lease = moves.lease
AND sessions_app_agentsession.head_seq = moves.head"""
MOVED = "RETURNING sessions_app_agentsession.id"
# Ordered: the numbers that events get are in the order of their seqs (see settled.py).
MOVED_EVENTS = (
    "SELECT new.* FROM new JOIN moved ON moved.id = new.session_id "
    "ORDER BY new.session_id, new.seq"
)


@dataclass(frozen=True, slots=True)
class CommitEntry:
    """One event, numbered and encoded."""

    seq: int
    type: str
    stream: str
    ts: int
    data: str


@dataclass(frozen=True, slots=True)
class CommitGroup:
    """One session's part of a commit, written as a whole or not at all.

    The entries are the seqs after `after` up to `up_to` (included). `changes` are
    columns of the session's row, `applied` the ids of the commands that were applied;
    `move` is the change of its status, if the group makes one.
    """

    session_id: str
    lease: str
    after: int
    up_to: int
    entries: tuple[CommitEntry, ...]
    changes: dict[str, Any]
    applied: tuple[int, ...]
    move: StatusMove | None = None

    @property
    def is_plain(self) -> bool:
        """True if the group has events only, which is the usual case."""
        has_more = self.changes or self.applied or self.move
        return bool(self.entries) and not has_more

    @property
    def size(self) -> int:
        return size_of(self.entries)

    def batch(self) -> Batch:
        return Batch(
            session_id=self.session_id,
            after=self.after,
            up_to=self.up_to,
            count=len(self.entries),
            body=",".join(entry.data for entry in self.entries),
        )


def size_of(entries: Sequence[CommitEntry]) -> int:
    """Return the entries' size in characters, close enough to bytes for the limits."""
    return sum(len(entry.data) for entry in entries)


def commit(groups: Sequence[CommitGroup]) -> list[bool]:
    """Write the groups in one transaction; return for each whether it is in the log.

    False means that the group was fenced off: its lease or head no longer matches the
    session's row. A group whose rows are already there (an earlier COMMIT succeeded
    and only its response was lost) counts as written. Raises IllegalMove, with nothing
    written, if a group would change a status against the table of moves.
    """
    renew()
    if all(group.is_plain for group in groups):
        if connection.vendor == "postgresql":
            return _commit_at_once(groups)
        if _commit_in_short(groups):
            return [True] * len(groups)
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        moved = _move_heads(cursor, groups)
        written = [group for group in groups if group.session_id in moved]
        _insert(cursor, [(g.session_id, entry) for g in written for entry in g.entries])
        for group in written:
            _update_rows(group)
        return _outcomes(cursor, groups, moved)


def _commit_at_once(groups: Sequence[CommitGroup]) -> list[bool]:
    """Write plain groups to PostgreSQL in one statement, which is its own transaction.

    Most of a commit's cost is round trips to the database, not rows.
    """
    moves, values = _moves_sql(len(groups)), _moves(groups)
    rows = [(group.session_id, entry) for group in groups for entry in group.entries]
    with connection.cursor() as cursor:
        cursor.execute(
            f"{moves}, moved AS ({_move_heads_sql()} {MOVED}), "  # noqa: S608 its values are parameters
            "new (session_id, seq, type, stream, ts, data) "
            f"AS ({_values(6, len(rows))}), "
            f"inserted AS ({INSERT.format(rows=MOVED_EVENTS)}) SELECT id FROM moved",
            [*values, *_columns(rows)],
        )
        return _outcomes(cursor, groups, {id_ for (id_,) in cursor.fetchall()})


def _commit_in_short(groups: Sequence[CommitGroup]) -> bool:
    """Write plain groups to SQLite on its fast path, all of them or none.

    Returns False, with nothing written, if the caller must use the general path.
    """
    database = connections[DEFAULT_DB_ALIAS]
    rows = [(group.session_id, entry) for group in groups for entry in group.entries]
    if (
        not isinstance(database, DatabaseWrapper)
        or not database.get_autocommit()
        or len(rows) > INSERT_MAX_ROWS
    ):
        return False
    return database.write(
        Statement(_sqlite_move(len(groups)), _moves(groups), len(groups)),
        Statement(_sqlite_insert(len(rows)), _columns(rows), len(rows)),
    )


@lru_cache(maxsize=128)
def _sqlite_move(groups: int) -> str:
    """Return the SQLite statement that moves `groups` sessions' heads."""
    # sqlite3 sets rowcount only for statements that start with UPDATE, so the CTE
    # stands inside FROM.
    moves = f"({_moves_sql(groups)} SELECT * FROM moves) AS moves"  # noqa: S608 as above
    return _move_heads_sql(moves).replace("%s", "?").replace("%%", "%")


@lru_cache(maxsize=128)
def _sqlite_insert(rows: int) -> str:
    """Return SQLite's statement that inserts `rows` events."""
    return INSERT.format(rows=_values(6, rows)).replace("%s", "?")


def _move_heads(cursor: CursorWrapper, groups: Sequence[CommitGroup]) -> set[str]:
    """Move the heads of the groups whose lease is still valid, in one statement.

    Returns the ids of the sessions whose head was moved.
    """
    moves, values = _moves_sql(len(groups)), _moves(groups)
    cursor.execute(f"{moves} {_move_heads_sql()} {MOVED}", values)
    return {id_ for (id_,) in cursor.fetchall()}


def _move_heads_sql(moves: str = "moves") -> str:
    return MOVE_HEADS.format(moves=moves, now=now_sql())


def _moves_sql(groups: int) -> str:
    """Return the WITH clause that lists the head moves of `groups` groups."""
    return f"WITH moves (id, lease, head, next_head) AS ({_values(4, groups)})"


def _moves(groups: Sequence[CommitGroup]) -> list[str | int]:
    """Return the parameters of `_moves_sql`."""
    moves = [(g.session_id, g.lease, g.after, g.up_to) for g in groups]
    return [value for move in moves for value in move]


def _outcomes(
    cursor: CursorWrapper, groups: Sequence[CommitGroup], moved: Collection[str]
) -> list[bool]:
    return [group.session_id in moved or _is_written(cursor, group) for group in groups]


def _is_written(cursor: CursorWrapper, group: CommitGroup) -> bool:
    cursor.execute(
        "SELECT 1 FROM sessions_app_agentsession "
        "WHERE id = %s AND lease = %s AND head_seq = %s",
        [group.session_id, group.lease, group.up_to],
    )
    return cursor.fetchone() is not None


def insert(session_id: str, entries: Sequence[CommitEntry]) -> None:
    """Insert events without moving the head or checking the lease.

    The caller must be the only writer of the session's log.
    """
    with connection.cursor() as cursor:
        _insert(cursor, [(session_id, entry) for entry in entries])


def _insert(cursor: CursorWrapper, rows: Sequence[tuple[str, CommitEntry]]) -> None:
    for start in range(0, len(rows), INSERT_MAX_ROWS):
        chunk = rows[start : start + INSERT_MAX_ROWS]
        cursor.execute(INSERT.format(rows=_values(6, len(chunk))), _columns(chunk))


def _values(columns: int, rows: int) -> str:
    """Return a VALUES list with a placeholder for each value."""
    row = f"({', '.join(['%s'] * columns)})"
    return f"VALUES {', '.join([row] * rows)}"


def _columns(rows: Sequence[tuple[str, CommitEntry]]) -> list[str | int]:
    return [
        value
        for session_id, entry in rows
        for value in (
            session_id, entry.seq, entry.type, entry.stream, entry.ts, entry.data,
        )
    ]  # fmt: skip


def _update_rows(group: CommitGroup) -> None:
    session = AgentSession.objects.filter(id=group.session_id)
    if group.move:
        if not move_status(session, group.move, **group.changes):
            group.move.check(SessionStatus(session.get().status))
    elif group.changes:
        session.update(**group.changes, updated_at=Now())
    if group.applied:
        commands = Command.objects.filter(id__in=group.applied)
        commands.update(applied_at=Now())
