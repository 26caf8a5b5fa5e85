from dataclasses import dataclass
from itertools import islice

from django.conf import settings

from sessions_app.history.search.filters import SearchFilters
from sessions_app.history.search.indexer import unindexed
from sessions_app.history.search.scan import NEWEST, SearchScan
from sessions_app.history.search.searchable import searchable
from sessions_app.models import AgentSession, Event
from sessions_app.people.rights import may_administer, visible_to
from sessions_app.people.visitor import Person
from sessions_app.sessions.tree import descendants_of, roots_of
from sessions_app.text.query import SearchQuery
from sessions_app.text.snippet import snippet

EVERYTHING = SearchFilters()
# The page's labels for the types of searchable events.
KINDS = {
    "user_message": "message",
    "text": "said",
    "thinking": "thought",
    "tool_use": "call",
    "tool_update": "call",
    "tool_result": "result",
    "agent_spawn": "sub-agent",
    "approval_request": "question",
    "approval": "answer",
    "memory_gap": "forgotten",
    "error": "error",
}


@dataclass(frozen=True, slots=True)
class SearchResult:
    """An event that matches, with its snippet: every second part is a match."""

    event: Event
    session: AgentSession
    parts: tuple[str, ...]

    @property
    def kind(self) -> str:
        return KINDS[self.event.type]


@dataclass(frozen=True, slots=True)
class SearchPage:
    """A page of results; `next` is `before` of the page after it, None at the end."""

    found: list[SearchResult]
    next: int | None = None
    is_cut: bool = False  # the time was over: events before `next` were not searched


@dataclass(frozen=True, slots=True)
class SessionFinds:
    """What was found in one session, on one page of results."""

    session: AgentSession
    found: list[SearchResult]


def by_session(found: list[SearchResult]) -> list[SessionFinds]:
    """Group results by session; the session with the newest one comes first."""
    groups: dict[str, SessionFinds] = {}
    for one in found:
        group = groups.setdefault(one.session.pk, SessionFinds(one.session, []))
        group.found.append(one)
    return list(groups.values())


def search(
    person: Person,
    query: SearchQuery,
    before: int = NEWEST,
    filters: SearchFilters = EVERYTHING,
) -> SearchPage:
    """Return the newest visible matches among the events with ids below `before`."""
    scope = _scope(person, filters)
    scan = SearchScan(query, scope, before, settings.SEARCH_MAX_S, filters.keeps)
    limit = settings.SEARCH_PAGE_ROWS
    events = list(islice(scan.events(), limit + 1))
    visible = visible_to(person).in_bulk([event.session_id for event in events])
    found = [
        SearchResult(
            event,
            visible[event.session_id],
            snippet(searchable(event.type, event.data), query),
        )
        for event in events[:limit]
        if event.session_id in visible
    ]
    if len(events) > limit:
        return SearchPage(found, events[limit - 1].pk)
    if scan.is_complete:
        return SearchPage(found)
    return SearchPage(found, scan.before, is_cut=True)


@dataclass(frozen=True, slots=True)
class SearchCount:
    """How many places and sessions match; if `is_more`, there are more than that."""

    places: int
    sessions: int
    is_more: bool

    @property
    def text(self) -> str:
        more = "+" if self.is_more else ""
        few = "" if self.sessions == 1 and not more else "s"
        places = f"{self.places:,}{more} places"
        return f"{places} in {self.sessions:,}{more} session{few}"


def count_matches(
    person: Person, query: SearchQuery, filters: SearchFilters = EVERYTHING
) -> SearchCount:
    """Count what is found in all, up to SEARCH_COUNT_MAX places, and in short time."""
    scope = _scope(person, filters)
    scan = SearchScan(query, scope, NEWEST, settings.SEARCH_COUNT_MAX_S, filters.keeps)
    places, sessions, is_more = 0, set(), False
    for event in scan.events():
        if places == settings.SEARCH_COUNT_MAX:
            is_more = True
            break
        places += 1
        sessions.add(event.session_id)
    return SearchCount(places, len(sessions), is_more or not scan.is_complete)


def is_behind(person: Person) -> bool:
    """Return whether a log that the person may see is not yet fully indexed."""
    behind = unindexed(settings.SEARCH_SCOPE_MAX_SESSIONS)
    return visible_to(person).filter(pk__in=behind).exists()


class SessionSearch:
    """Finds the visible main sessions whose tree matches a query."""

    def __init__(self, person: Person, query: SearchQuery) -> None:
        self._query = query
        self._sessions = visible_to(person)
        self._scan = SearchScan(query, _scope(person), max_s=settings.SEARCH_MAX_S)

    def roots(self) -> frozenset[str] | None:
        """Return the ids of all of them; None if the query is too common for that."""
        sessions = self._scan.sessions()
        if sessions is None:
            return None
        saying = AgentSession.objects.filter(pk__in=sessions).only("pk", "parent_id")
        return frozenset(roots_of(saying.order_by()).values())

    def among(self, roots: list[str]) -> set[str]:
        """Return those of these main sessions that match, checked one by one.

        Call `roots` first: its candidates are used here.
        """
        if not self._query.phrases:
            return set()
        below = descendants_of(roots)
        trees = {root: [root, *(one.pk for one in below[root])] for root in roots}
        everyone = [id_ for tree in trees.values() for id_ in tree]
        visible = self._sessions.filter(pk__in=everyone).order_by()
        ids = set(visible.values_list("pk", flat=True))
        known = self._scan.among(ids)
        return {
            root
            for root, tree in trees.items()
            if not known.isdisjoint(tree) or self._says([i for i in tree if i in ids])
        }

    def _says(self, tree: list[str]) -> bool:
        return next(SearchScan(self._query, tree).events(), None) is not None


def _scope(person: Person, filters: SearchFilters = EVERYTHING) -> list[str] | None:
    """Return the ids of the sessions to search; None: a person may see all of them."""
    visible = visible_to(person)
    chosen = filters.sessions(visible)
    if chosen is None and may_administer(person):
        return None
    sessions = visible if chosen is None else chosen
    return list(sessions.order_by().values_list("id", flat=True))
