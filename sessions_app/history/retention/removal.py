from django.db import transaction

from sessions_app.history.search import table as search_table
from sessions_app.models import AgentSession, Event, SearchIndex

CHUNK_ROWS = 5000  # events deleted in one transaction


def remove(session: AgentSession) -> None:
    """Delete a session and its log; those below it must be gone.

    In small transactions, for those who write meanwhile. If it ends half-way, do it
    again: the log goes from its beginning, and the session last.
    """
    while _remove_some(session):
        pass
    _remove_row(session)


@transaction.atomic
def _remove_row(session: AgentSession) -> None:
    # Who makes it searchable in this moment has ended then, or finds it gone.
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
