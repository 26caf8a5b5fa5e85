from dataclasses import dataclass

from django.conf import settings
from django.db import connection

from sessions_app.log.batch import Batch
from sessions_app.models import Event
from sessions_app.protocol.events import TurnStart

# A page is read by one statement, so it is one snapshot. SQLite yields rows one by
# one, and reading stops when the page is full. PostgreSQL sends the whole result, so
# the statement itself must stop after the first row that exceeds the page.
AHEAD_SQL = """
SELECT seq, data FROM sessions_app_event
WHERE session_id = %s AND seq {beyond} %s ORDER BY seq {order} LIMIT %s
"""
BOUNDED_SQL = """
SELECT seq, data FROM (
    SELECT seq, data, ROW_NUMBER() OVER (ORDER BY seq {order}) AS place,
           SUM(LENGTH(data) + 1) OVER (ORDER BY seq {order})
           - LENGTH(data) - 1 AS start
    FROM ({ahead}) AS ahead
) AS page WHERE start <= %s OR place = 2 ORDER BY seq {order}
"""


@dataclass(frozen=True, slots=True)
class Page:
    """A batch read from the log; `at_end`: the log had no further events then."""

    batch: Batch
    at_end: bool


def read_page(session_id: str, after: int, limit: int | None = None) -> Page:
    """Read the page of the log after a cursor (a seq), in one snapshot."""
    most: int = settings.PAGE_MAX_ROWS
    limit = most if limit is None else min(limit, most)
    rows, at_end = _read(">", "ASC", session_id, after, limit)
    return Page(_batch(session_id, after, rows), at_end)


def read_before(session_id: str, before: int, limit: int) -> Page:
    """Read the last `limit` events before a seq; `at_end`: the page begins the log."""
    limit = min(limit, settings.PAGE_MAX_ROWS)
    rows, at_start = _read("<", "DESC", session_id, before, limit)
    rows.reverse()
    after = 0 if at_start else rows[0][0] - 1
    return Page(_batch(session_id, after, rows), at_start)


def tail_cursor(session_id: str, tail: int) -> int:
    """Return the cursor for showing the last `tail` events.

    The cursor is moved back to the start of the turn that those events begin in.
    """
    events = Event.objects.filter(session=session_id).order_by("-seq")
    oldest = events.values_list("seq", flat=True)[tail : tail + 1].first()
    if oldest is None:
        return 0
    turn = events.filter(seq__lte=oldest, type=TurnStart.wire_type()).first()
    return turn.seq - 1 if turn else 0


def _read(
    beyond: str, order: str, session_id: str, bound: int, limit: int
) -> tuple[list[tuple[int, str]], bool]:
    """Return a page's rows, and whether they reach the end of the log.

    An event larger than PAGE_MAX_CHARS is a page of its own.
    """
    sql = AHEAD_SQL.format(beyond=beyond, order=order)
    values: list[str | int] = [session_id, bound, limit + 1]
    if connection.vendor == "postgresql":
        sql = BOUNDED_SQL.format(ahead=sql, order=order)
        values.append(settings.PAGE_MAX_CHARS)
    rows: list[tuple[int, str]] = []
    room = settings.PAGE_MAX_CHARS
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        for seq, data in cursor:
            room -= len(data) + 1
            if len(rows) == limit or (rows and room < 0):
                return rows, False
            rows.append((seq, data))
    return rows, True


def _batch(session_id: str, after: int, rows: list[tuple[int, str]]) -> Batch:
    return Batch(
        session_id=session_id,
        after=after,
        up_to=rows[-1][0] if rows else after,
        count=len(rows),
        body=",".join(data for _, data in rows),
    )
