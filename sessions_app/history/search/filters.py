from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from django.db.models import Q, QuerySet
from django.utils import timezone

from sessions_app.history.search.searchable import strings
from sessions_app.models import AgentSession, Event
from sessions_app.protocol.encoding.numbers import decode_json
from sessions_app.protocol.status import SessionStatus
from sessions_app.text.query import SearchQuery

NAMES = ("owner", "status", "project", "tool", "file")
VALUE_MAX_CHARS = 500
DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}
# Where events name the files that they are about.
PLACES = ("input", "locations", "diffs")


@dataclass(frozen=True, slots=True)
class SearchFilters:
    """What a search is limited to; an empty filter is off."""

    owner: str = ""
    status: str = ""
    project: str = ""  # the directory that a session works in
    tool: str = ""  # of a call
    file: str = ""  # a part of a path
    within: str = ""  # a name of DAYS: no event is older
    since_ms: int = 0  # the same, in ms since 1970

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> Self:
        """Parse a URL's query; unknown names and values are ignored."""

        def said(name: str) -> str:
            # PostgreSQL rejects NUL characters, even in a query's parameters.
            return asked.get(name, "").replace("\0", "").strip()[:VALUE_MAX_CHARS]

        status, within = said("status"), said("within")
        return cls(
            owner=said("owner"),
            status=status if status in list(SessionStatus) else "",
            project=said("project"),
            tool=said("tool"),
            file=said("file"),
            within=within if within in DAYS else "",
            since_ms=_since_ms(DAYS[within]) if within in DAYS else 0,
        )

    @property
    def is_narrow(self) -> bool:
        """True if a filter is set."""
        return self != type(self)()

    def query(self, text: str) -> SearchQuery:
        """The query for a text; tool and file are words of the events, too."""
        parts = (text, self.tool, self.file)
        phrases = [SearchQuery.parse(part).phrases for part in parts]
        return SearchQuery(tuple(one for found in phrases for one in found))

    def sessions(
        self, visible: QuerySet[AgentSession]
    ) -> QuerySet[AgentSession] | None:
        """Select the sessions that are searched; None if that is all of them."""
        wanted = Q()
        if self.owner:
            wanted &= Q(owner__username=self.owner)
        if self.status:
            wanted &= Q(status=self.status)
        if self.project:
            wanted &= Q(workdir=self.project)
        if self.since_ms:
            since = datetime.fromtimestamp(self.since_ms / 1000, tz=UTC)
            wanted &= Q(updated_at__gte=since)
        return visible.filter(wanted) if wanted else None

    def keeps(self, event: Event) -> bool:
        """Return whether an event is of that time, tool and file."""
        if event.ts < self.since_ms:
            return False
        if not (self.tool or self.file):
            return True
        data: dict[str, Any] = decode_json(event.data)
        if self.tool and data.get("tool") != self.tool:
            return False
        named = (word for name in PLACES for word in strings(data.get(name)))
        return not self.file or any(self.file in word for word in named)


def _since_ms(days: int) -> int:
    return int((timezone.now() - timedelta(days=days)).timestamp() * 1000)
