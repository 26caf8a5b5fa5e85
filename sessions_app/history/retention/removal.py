from collections.abc import Collection

from django.db import transaction

from sessions_app.history.search import table as search_table
from sessions_app.models import AgentSession, Event, SearchIndex

CHUNK_ROWS = 5000  # events deleted per transaction


def remove(session_ids: Collection[str]) -> None:
    """Delete sessions and their logs; of a session, all of its sub-agents too.

    The deletion runs in small transactions, so that other writers need not wait long;
    and of many sessions together, for a commit takes as long as deleting a whole log.
    A deletion that was interrupted can be repeated: the logs are deleted from their
    beginnings, and the sessions' rows last.
    """
    while _remove_some(session_ids):
        pass
    _remove_rows(session_ids)


@transaction.atomic
def _remove_rows(session_ids: Collection[str]) -> None:
    # The locks wait for indexers of these sessions; later ones find no session.
    indexes = SearchIndex.objects.filter(session__in=session_ids).order_by("session")
    list(indexes.select_for_update())
    search_table.forget_sessions(session_ids)
    AgentSession.objects.filter(id__in=session_ids).delete()


@transaction.atomic
def _remove_some(session_ids: Collection[str]) -> bool:
    events = Event.objects.filter(session__in=session_ids).order_by("session", "seq")
    ids = list(events.values_list("id", flat=True)[:CHUNK_ROWS])
    search_table.forget_events(ids)
    Event.objects.filter(id__in=ids).delete()
    return bool(ids)
