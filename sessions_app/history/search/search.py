from dataclasses import dataclass

from django.conf import settings

from sessions_app.history.search import table as search_table
from sessions_app.history.search.query import SearchQuery
from sessions_app.history.search.searchable import searchable
from sessions_app.models import AgentSession, Event
from sessions_app.people.rights import may_administer, visible_to
from sessions_app.people.visitor import Person
from sessions_app.sessions.tree import roots_of

NEWEST = 2**63 - 1
# What people call the events that can be searched.
KINDS = {
    "user_message": "message",
    "text": "said",
    "thinking": "thought",
    "tool_use": "call",
    "tool_result": "result",
    "agent_spawn": "sub-agent",
    "approval": "answer",
    "error": "error",
}
AROUND = 80  # characters of a snippet before and after what was found


@dataclass(frozen=True, slots=True)
class SearchResult:
    """One event that matches; of the snippet's parts every second one is a match."""

    event: Event
    parts: tuple[str, ...]

    @property
    def kind(self) -> str:
        return KINDS[self.event.type]


def search(
    person: Person, query: SearchQuery, before: int = NEWEST
) -> tuple[list[SearchResult], int | None]:
    """Find the newest events that match in what a person may see, and what is next."""
    scope = _scope(person) if query.phrases else []
    if scope == []:
        return [], None
    limit = settings.SEARCH_PAGE_ROWS
    ids = search_table.find(query, scope, before, limit + 1)
    events = Event.objects.filter(id__in=ids[:limit], session__in=visible_to(person))
    events = events.select_related("session").order_by("-id")
    found = [SearchResult(event, _snippet(event, query)) for event in events]
    return found, ids[limit - 1] if len(ids) > limit else None


def roots_that_say(person: Person, query: SearchQuery) -> set[str]:
    """Find the main sessions in whose trees a query is, of what a person may see.

    By the newest SEARCH_LIST_EVENTS events that match: what is commoner than that is
    in so many sessions that a list of them all says nothing.
    """
    scope = _scope(person) if query.phrases else []
    if scope == []:
        return set()
    ids = search_table.find(query, scope, NEWEST, settings.SEARCH_LIST_EVENTS)
    saying = AgentSession.objects.filter(events__in=ids).distinct()
    return set(roots_of(saying.only("pk", "parent_id")).values())


def _scope(person: Person) -> list[str] | None:
    """Name the sessions that a person may see; None: all."""
    if may_administer(person):
        return None
    return list(visible_to(person).order_by().values_list("id", flat=True))


def _snippet(event: Event, query: SearchQuery) -> tuple[str, ...]:
    text = searchable(event.type, event.data)
    first = query.pattern.search(text)
    if first is None:
        return (text[: 2 * AROUND],)
    start, end = max(0, first.start() - AROUND), first.end() + AROUND
    # The same pattern, in one group, leaves what it matched between the rest.
    cut = ("…" if start else "") + text[start:end] + ("…" if end < len(text) else "")
    parts: list[str] = []
    at = 0
    for match in query.pattern.finditer(cut):
        parts += [cut[at : match.start()], match[0]]
        at = match.end()
    return (*parts, cut[at:])
