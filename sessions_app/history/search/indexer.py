import asyncio

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce

from sessions_app.history.search import table as search_table
from sessions_app.history.search.searchable import TYPES, searchable
from sessions_app.history.search.table import SearchEntry
from sessions_app.log.reader import Reader
from sessions_app.models import AgentSession, Event, SearchIndex

SESSIONS_PER_ROUND = 50
PAUSE_S = 0.02  # between two steps, for those who write meanwhile


class Indexer:
    """Makes logs searchable, a little at a time, after they were written.

    What is appended costs nothing more: a log is searchable some seconds later.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def run(self) -> None:
        while True:
            await asyncio.sleep(settings.SEARCH_INTERVAL_S)
            for session_id in await self._reader.read(unindexed, SESSIONS_PER_ROUND):
                await self._index(session_id)

    async def _index(self, session_id: str) -> None:
        while True:
            is_done = not await self._reader.read(index, session_id)
            if is_done:
                return
            await asyncio.sleep(PAUSE_S)


def unindexed(limit: int) -> list[str]:
    """List sessions whose logs hold what is to be made searchable.

    A log that only streams is left alone for DELTAS_PASSED_MIN events: a step writes.
    """
    done = Coalesce("search_index__seq", 0)
    grown = AgentSession.objects.alias(done=done).filter(head_seq__gt=F("done"))
    news = Event.objects.filter(
        session=OuterRef("id"), seq__gt=OuterRef("done"), type__in=TYPES
    )
    much = Q(head_seq__gte=F("done") + settings.DELTAS_PASSED_MIN)
    sessions = grown.filter(much | Exists(news)).order_by()
    return list(sessions.values_list("id", flat=True)[:limit])


def index(session_id: str) -> bool:
    """Take one small step; tell whether more may be left.

    The row's lock makes all who index one session, or redact it, take turns.
    """
    try:
        with transaction.atomic():
            return _index(session_id)
    except (IntegrityError, ObjectDoesNotExist):
        return False  # the session is gone, perhaps since this very moment


def _index(session_id: str) -> bool:
    SearchIndex.objects.get_or_create(session_id=session_id)
    done = SearchIndex.objects.select_for_update().get(session=session_id)
    # Read behind the lock: an older head would take others' steps back.
    head = AgentSession.objects.values_list("head_seq", flat=True).get(id=session_id)
    ahead = Event.objects.filter(
        session=session_id, seq__gt=done.seq, seq__lte=head, type__in=TYPES
    )
    events = _step(list(ahead.order_by("seq")[: settings.SEARCH_STEP_ROWS]))
    search_table.insert(
        [
            SearchEntry(event.pk, session_id, searchable(event.type, event.data))
            for event in events
        ]
    )
    # What is after the last of them, and up to the head, has nothing to search.
    done.seq = events[-1].seq if events else head
    done.save()
    return bool(events)


def _step(events: list[Event]) -> list[Event]:
    """Keep as many as one step should write at once."""
    size = 0
    for count, event in enumerate(events):
        size += len(event.data)
        if count and size > settings.SEARCH_STEP_CHARS:
            return events[:count]
    return events
