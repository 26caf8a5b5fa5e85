import asyncio

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce

from sessions_app.history.search import former_table
from sessions_app.history.search import table as search_table
from sessions_app.history.search.entry import SearchEntry
from sessions_app.history.search.searchable import TYPES, searchable
from sessions_app.log.database.reader import Reader
from sessions_app.models import AgentSession, Event, SearchIndex
from sessions_app.text.folding import caseless

SESSIONS_PER_ROUND = 50
PAUSE_S = 0.02  # between two steps, so that other writers get their turn


class Indexer:
    """Indexes logs for search in small steps, after they were written.

    Appends are not slowed down; events become searchable some seconds later. The logs
    that changed last are indexed first, also when a new index is filled.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def run(self) -> None:
        while True:
            await asyncio.sleep(settings.SEARCH_INTERVAL_S)
            found = await self._reader.read(unindexed, SESSIONS_PER_ROUND)
            for session_id in found:
                await self._index(session_id)
            if not found:
                await self._drop_former()

    async def _drop_former(self) -> None:
        while True:
            is_done = not await self._reader.read(drop_some)
            if is_done:
                return
            await asyncio.sleep(PAUSE_S)

    async def _index(self, session_id: str) -> None:
        while True:
            is_done = not await self._reader.read(index, session_id)
            if is_done:
                return
            await asyncio.sleep(PAUSE_S)


def unindexed(limit: int) -> list[str]:
    """List the ids of sessions with events, or a title, to index; newest first.

    A session qualifies if its log has a new searchable event, or has grown by
    DELTAS_PASSED_MIN events. The minimum keeps logs that only stream deltas from
    costing a write at each step.
    """
    done = Coalesce("search_index__terms_seq", 0)
    known = AgentSession.objects.alias(done=done)
    news = Event.objects.filter(
        session=OuterRef("id"), seq__gt=OuterRef("done"), type__in=TYPES
    )
    much = Q(head_seq__gte=F("done") + settings.DELTAS_PASSED_MIN)
    grown = Q(head_seq__gt=F("done")) & (much | Exists(news))
    renamed = Q(search_index=None) | ~Q(search_index__title=F("title"))
    sessions = known.filter(grown | renamed).order_by("-updated_at")
    return list(sessions.values_list("id", flat=True)[:limit])


def index(session_id: str) -> bool:
    """Index one small step of a session's log; return whether more may be left.

    The SearchIndex row's lock serializes indexing and redaction of one session.
    """
    try:
        with transaction.atomic():
            return _index(session_id)
    except (IntegrityError, ObjectDoesNotExist):
        return False  # the session was deleted, perhaps during this step


@transaction.atomic
def drop_some() -> bool:
    return former_table.drop_some()


def set_names(row: SearchIndex, session: AgentSession) -> None:
    """Make a session's title and prompt searchable."""
    row.title = session.title
    row.named = caseless(f"{session.title}\n{session.prompt}")


def _index(session_id: str) -> bool:
    SearchIndex.objects.get_or_create(session_id=session_id)
    done = SearchIndex.objects.select_for_update().get(session=session_id)
    # Read under the lock: an older head would undo the steps of other indexers.
    session = AgentSession.objects.only("head_seq", "title", "prompt").get(
        id=session_id
    )
    if done.title != session.title or not done.named:
        set_names(done, session)
    ahead = Event.objects.filter(
        session=session_id,
        seq__gt=done.terms_seq,
        seq__lte=session.head_seq,
        type__in=TYPES,
    )
    events = _step(list(ahead.order_by("seq")[: settings.SEARCH_STEP_ROWS]))
    search_table.insert(
        [
            SearchEntry(event.pk, session_id, searchable(event.type, event.data))
            for event in events
        ]
    )
    # Without such events, everything up to the head counts as indexed.
    done.terms_seq = events[-1].seq if events else session.head_seq
    done.save(update_fields=["terms_seq", "title", "named"])
    return bool(events)


def _step(events: list[Event]) -> list[Event]:
    """Return the first events, as many as fit SEARCH_STEP_CHARS, at least one."""
    size = 0
    for count, event in enumerate(events):
        size += len(event.data)
        if count and size > settings.SEARCH_STEP_CHARS:
            return events[:count]
    return events
