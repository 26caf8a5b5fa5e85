from django.db import transaction

from sessions_app.history.search import table as search_table
from sessions_app.models import AgentSession, Event, SearchIndex

CHUNK_ROWS = 5000  # events deleted per transaction


def remove(session: AgentSession) -> None:
    """Delete a session and its log; its sub-agents must have been deleted before.

    The deletion runs in small transactions, so that other writers need not wait long.
    A deletion that was interrupted can be repeated: the log is deleted from its
    beginning, and the session's row last.
    """
    while _remove_some(session):
        pass
    _remove_row(session)


@transaction.atomic
def _remove_row(session: AgentSession) -> None:
    # The lock waits for an indexer of this session; a later one finds no session.
    list(SearchIndex.objects.select_for_update().filter(session=session))
    search_table.forget_session(session.pk)
    session.delete()


def _remove_some(session: AgentSession) -> bool:
    with transaction.atomic():
        events = Event.objects.filter(session=session).order_by("seq")
        ids = list(events.values_list("id", flat=True)[:CHUNK_ROWS])
        search_table.forget_events(ids)
        Event.objects.filter(id__in=ids).delete()
        return bool(ids)
