from dataclasses import dataclass

from django.conf import settings
from django.db import connection

from sessions_app.batch import Batch
from sessions_app.models import Event
from sessions_app.protocol.events import TurnStart

# The window sums stop a page at its size inside the one statement, so that a page is
# one snapshot; the count tells whether it reached that snapshot's end. An event too
# large for any page is a page of its own.
SQL = """
SELECT seq, data, found FROM (
    SELECT seq, data, COUNT(*) OVER () AS found, LENGTH(data) + 1 AS own,
           SUM(LENGTH(data) + 1) OVER (ORDER BY seq {order}) AS total
    FROM (SELECT seq, data FROM sessions_app_event
          WHERE session_id = %s AND seq {beyond} %s
          ORDER BY seq {order} LIMIT %s) AS ahead
) AS page WHERE total <= %s OR total = own ORDER BY seq {order}
"""
AFTER_SQL = SQL.format(beyond=">", order="ASC")
BEFORE_SQL = SQL.format(beyond="<", order="DESC")


@dataclass(frozen=True, slots=True)
class Page:
    """A batch read from the log; `at_end`: nothing was behind it at that moment."""

    batch: Batch
    at_end: bool


def read_page(session_id: str, after: int) -> Page:
    """Read the log after a cursor, one statement and so one snapshot."""
    rows, at_end = _read(AFTER_SQL, session_id, after, settings.PAGE_MAX_ROWS)
    return Page(_batch(session_id, after, rows), at_end)


def read_before(session_id: str, before: int, limit: int) -> Page:
    """Read the last `limit` events before a seq; `at_end`: the log begins here."""
    limit = min(limit, settings.PAGE_MAX_ROWS)
    rows, at_start = _read(BEFORE_SQL, session_id, before, limit)
    rows.reverse()
    after = 0 if at_start else rows[0][0] - 1
    return Page(_batch(session_id, after, rows), at_start)


def tail_cursor(session_id: str, tail: int) -> int:
    """Find where to begin so as to show the last `tail` events from a turn's start."""
    events = Event.objects.filter(session=session_id).order_by("-seq")
    oldest = events.values_list("seq", flat=True)[tail : tail + 1].first()
    if oldest is None:
        return 0
    turn = events.filter(seq__lte=oldest, type=TurnStart.wire_type()).first()
    return turn.seq - 1 if turn else 0


def _read(
    sql: str, session_id: str, bound: int, limit: int
) -> tuple[list[tuple[int, str]], bool]:
    """Return a page's rows, and whether nothing was beyond them."""
    with connection.cursor() as cursor:
        cursor.execute(sql, [session_id, bound, limit + 1, settings.PAGE_MAX_CHARS])
        rows = cursor.fetchall()
    is_all = not rows or (len(rows) == rows[0][2] and len(rows) <= limit)
    return [(seq, data) for seq, data, _ in rows[:limit]], is_all


def _batch(session_id: str, after: int, rows: list[tuple[int, str]]) -> Batch:
    return Batch(
        session_id=session_id,
        after=after,
        up_to=rows[-1][0] if rows else after,
        count=len(rows),
        body=",".join(data for _, data in rows),
    )
