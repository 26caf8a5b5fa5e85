import math
import time
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
                yield from self._matching(ids)
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

    def _matching(self, ids: list[int]) -> Iterator[Event]:
        for event in Event.objects.filter(id__in=ids).order_by("-id"):
            self.before = event.pk
            if self._query.stands_in(searchable(event.type, event.data)):
                yield event
