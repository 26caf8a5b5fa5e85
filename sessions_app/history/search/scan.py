import math
import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from django.conf import settings

from sessions_app.history.search import table as search_table
from sessions_app.history.search.searchable import searchable
from sessions_app.history.search.window import WHOLE, Window, windows
from sessions_app.models import Event
from sessions_app.text.query import SearchQuery

NEWEST = 2**63 - 1
FIRST_ROWS, MOST_ROWS = 32, 512  # asked of the index at once


class SearchScan:
    """Goes through the events that match a query, the newest first.

    The index names what may match, each event's text decides. When `max_s` is over, the
    scan has come back to `before`, and another one can go on there.
    """

    def __init__(
        self,
        query: SearchQuery,
        scope: Collection[str] | None,
        before: int = NEWEST,
        max_s: float = math.inf,
    ) -> None:
        self._query = query
        self._scope = scope  # the sessions to search; None: all
        self.before = before  # the events from here on have been looked at
        self.is_complete = False
        self._ends_at = time.monotonic() + max_s

    def events(self) -> Iterator[Event]:
        """Yield the events that match."""
        for ids in self._entries():
            for event in Event.objects.filter(id__in=ids).order_by("-id"):
                self.before = event.pk
                if self._stands_in(event):
                    yield event

    def sessions(self, entries: int) -> set[str]:
        """Name the sessions of the events that match, of so many entries at most.

        One event of each is read, and more only where that one does not match.
        """
        found: set[str] = set()
        seen = 0
        for ids in self._entries():
            found |= self._saying(ids, found)
            seen += len(ids)
            if seen >= entries:
                break
        return found

    def _saying(self, ids: list[int], known: Collection[str]) -> set[str]:
        left: dict[str, list[int]] = defaultdict(list)
        rows = Event.objects.filter(id__in=ids).exclude(session__in=known)
        for id_, session_id in rows.values_list("id", "session_id"):
            left[session_id].append(id_)
        found: set[str] = set()
        while left:
            one_each = [of_session.pop() for of_session in left.values()]
            events = Event.objects.filter(id__in=one_each)
            found |= {e.session_id for e in events if self._stands_in(e)}
            left = {
                id_: more for id_, more in left.items() if more and id_ not in found
            }
        return found

    def _entries(self) -> Iterator[list[int]]:
        """Yield what the index has for the query, by event ids, the newest first."""
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
                yield ids
                if len(ids) < count:
                    break
                before, count = ids[-1], min(count * 2, MOST_ROWS)
            self.before = window.since
        self.is_complete = True

    def _windows(self) -> Iterable[Window]:
        scope = self._scope
        if scope is not None and len(scope) <= settings.SEARCH_NARROW_SESSIONS:
            return [Window(0, self.before, WHOLE)]
        newest = search_table.newest(self.before, settings.SEARCH_NEWEST_ENTRIES)
        return windows(newest)

    def _stands_in(self, event: Event) -> bool:
        return self._query.stands_in(searchable(event.type, event.data))
