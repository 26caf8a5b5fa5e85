import math
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace

from django.conf import settings

from sessions_app.history.search import table as search_table
from sessions_app.history.search.searchable import searchable
from sessions_app.history.search.window import WHOLE, Window, windows
from sessions_app.models import Event
from sessions_app.text.query import SearchQuery

NEWEST = 2**63 - 1
FIRST_ROWS, MOST_ROWS = 32, 2048  # rows per query of the index
RARE = 100  # a query is rare if fewer than one in RARE entries match
MOST_ENTRIES = 64_000  # the largest window that is scanned entry by entry


def anything(_: Event) -> bool:
    return True


class SearchScan:
    """Scans the events that match a query, newest first.

    The index returns candidates; each event's text decides. After `max_s` seconds the
    scan stops. It has then covered the events from `before` on, and another scan can
    continue there.
    """

    def __init__(
        self,
        query: SearchQuery,
        scope: Collection[str] | None,
        before: int = NEWEST,
        max_s: float = math.inf,
        keeps: Callable[[Event], bool] = anything,
    ) -> None:
        self._query = query
        self._keeps = keeps  # of the events that match, those that are wanted
        self._scope = scope  # ids of the sessions to search; None: all
        self.before = before  # events with this id or a higher one have been scanned
        self.is_complete = False
        self._ends_at = time.monotonic() + max_s
        self._of_session: dict[str, list[int]] = defaultdict(list)  # candidate ids
        self._matched = 0  # candidates in the present window

    def events(self) -> Iterator[Event]:
        """Yield the events that match."""
        for ids in self._entries():
            for event in Event.objects.filter(id__in=ids).order_by("-id"):
                self.before = event.pk
                if self._stands_in(event):
                    yield event

    def sessions(self) -> set[str] | None:
        """Return the ids of the sessions with a match; None if the query is too common.

        That is so if there are candidates in more than SEARCH_LIST_SESSIONS sessions,
        or more than SEARCH_LIST_EVENTS of them, or if the time is over.
        """
        count = 0
        for ids in self._entries():
            rows = Event.objects.filter(id__in=ids).order_by()
            for session_id, id_ in rows.values_list("session_id", "id"):
                self._of_session[session_id].append(id_)
            count += len(ids)
            if count > settings.SEARCH_LIST_EVENTS:
                return None
            if len(self._of_session) > settings.SEARCH_LIST_SESSIONS:
                return None
        return self.among(list(self._of_session)) if self.is_complete else None

    def among(self, sessions: Collection[str]) -> set[str]:
        """Return those of these sessions that have a candidate which matches."""
        known = self._of_session
        return self._saying({id_: known[id_][:] for id_ in sessions if id_ in known})

    def _saying(self, entries: dict[str, list[int]]) -> set[str]:
        """Return the sessions with a matching event, reading few events.

        Each round reads one candidate of each session that has no match yet.
        """
        found: set[str] = set()
        while entries:
            one_each = [ids.pop() for ids in entries.values()]
            events = Event.objects.filter(id__in=one_each).order_by()
            found |= {one.session_id for one in events if self._stands_in(one)}
            entries = {
                id_: ids for id_, ids in entries.items() if ids and id_ not in found
            }
        return found

    def _entries(self) -> Iterator[list[int]]:
        """Yield the index's candidates in lists of event ids, newest first."""
        if not self._query.phrases or self._scope == []:
            self.is_complete = True
            return
        for window in self._windows():
            before, count = window.before, FIRST_ROWS
            while True:
                if time.monotonic() > self._ends_at:
                    return
                part = replace(window, before=before)
                ids = search_table.matching(self._query, self._scope, part, count)
                self._matched += len(ids)
                yield ids
                if len(ids) < count:
                    break
                before, count = ids[-1], min(count * 4, MOST_ROWS)
            self.before = window.since
        self.is_complete = True

    def _windows(self) -> Iterator[Window]:
        """Yield windows of events, from the newest back.

        While the query proves common, windows are scanned entry by entry; after that,
        by the index. PostgreSQL's index reads all matches in a window, which are many
        for a common query.
        """
        scope = self._scope
        if scope is not None and len(scope) <= settings.SEARCH_NARROW_SESSIONS:
            yield Window(0, self.before, WHOLE)
            return
        before, entries, is_common = self.before, settings.SEARCH_NEWEST_ENTRIES, True
        while is_common:
            self._matched = 0
            window = search_table.newest(before, entries)
            yield window
            before = window.since
            is_common = before > 0 and self._matched * RARE > entries
            entries = min(entries * 8, MOST_ENTRIES)
        yield from windows(before)

    def _stands_in(self, event: Event) -> bool:
        text = searchable(event.type, event.data)
        return self._query.stands_in(text) and self._keeps(event)
