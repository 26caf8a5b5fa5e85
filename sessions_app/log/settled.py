from django.db import connection
from django.db.models import Max

from sessions_app.models import Event

# A transaction has this lock from before it numbers its first event until after its
# COMMIT can be seen.
WRITERS = """
SELECT virtualtransaction FROM pg_locks
WHERE relation = 'sessions_app_event'::regclass AND mode = 'RowExclusiveLock'
AND granted
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


class Settled:
    """Finds up to which id all events are settled: no more will come below it.

    SQLite numbers events in the order of their commits. PostgreSQL numbers them as they
    are written, so that of two commits under way the one that ends first may have the
    higher ids. So there an id is settled once every transaction has ended that was
    writing events as the id was first seen.
    """

    def __init__(self) -> None:
        self._up_to = 0
        self._next = 0  # settled as soon as the writers have ended
        self._writers: frozenset[str] = frozenset()

    def look(self) -> int:
        """Return the highest settled id; it never goes down. One caller at a time."""
        if connection.vendor != "postgresql":
            self._up_to = max(self._up_to, _newest())
            return self._up_to
        if self._next <= self._up_to:
            # In this order: who numbers events from here on numbers them higher.
            self._next = max(self._up_to, _newest())
            self._writers = _writers() if self._next > self._up_to else frozenset()
        else:
            self._writers &= _writers()
        if not self._writers:
            self._up_to = self._next
        return self._up_to

    @property
    def is_waiting(self) -> bool:
        """Whether events are there that are not settled yet."""
        return self._next > self._up_to


def _newest() -> int:
    return Event.objects.aggregate(newest=Max("id"))["newest"] or 0


def _writers() -> frozenset[str]:
    with connection.cursor() as cursor:
        cursor.execute(WRITERS)
        return frozenset(row[0] for row in cursor.fetchall())
