import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Self

import msgspec
from django.conf import settings
from django.db.models import QuerySet

from sessions_app.api.sparkline import sparklines
from sessions_app.commands.open_approvals import count_pending_approvals
from sessions_app.delivery.connection.session_list import summaries
from sessions_app.history.search.search import SessionSearch
from sessions_app.models import AgentSession
from sessions_app.people.rights import visible_to
from sessions_app.people.visitor import Person
from sessions_app.protocol.engine_kind import EngineKind, unknown_kind
from sessions_app.protocol.frames import SessionSummary
from sessions_app.sessions.list_query import GROUPS, ListQuery, beyond, cursor_of
from sessions_app.sessions.tree import descendants_of
from sessions_app.text.query import SearchQuery


class ListRow(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One main session's row in the list, with figures of its sub-agents."""

    session: SessionSummary
    group: str  # "person", "active" or "over"
    agents: int  # number of sub-agents
    asks: int  # pending approvals of the whole tree
    sparkline: str  # an SVG path; empty if there are too few events


class SessionListPage(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A page of the list; `next` is the cursor of the next page, empty at the end."""

    rows: list[ListRow]
    next: str

    @classmethod
    def read_for(cls, person: Person, query: ListQuery, cursor: str = "") -> Self:
        """Read the page after a cursor, of the sessions visible to a person."""
        sessions = visible_to(person)
        search = SessionSearch(person, SearchQuery.parse(query.text))
        saying = search.roots()
        if saying is None:
            return cls._search(sessions, query, cursor, search)
        return cls.read(sessions, query, cursor, saying)

    @classmethod
    def read(
        cls,
        sessions: QuerySet[AgentSession],
        query: ListQuery,
        cursor: str = "",
        saying: Collection[str] = (),
    ) -> Self:
        """Read the page after a cursor, with a fixed number of queries."""
        most = settings.LIST_PAGE_ROWS
        found = _after(query.choose(sessions, saying), query, cursor, most + 1)
        next_ = _cursor(found[most - 1]) if len(found) > most else ""
        return cls(rows=_rows(found[:most]), next=next_)

    @classmethod
    def _search(
        cls,
        sessions: QuerySet[AgentSession],
        query: ListQuery,
        cursor: str,
        search: SessionSearch,
    ) -> Self:
        """Read the page after a cursor when the searched text is common.

        Searches the sessions' logs in the list's order until the page is full. After
        SEARCH_MAX_S the page holds what was found so far, and the next page continues
        from there.
        """
        most, step = settings.LIST_PAGE_ROWS, settings.SEARCH_LIST_ROWS
        ends_at = time.monotonic() + settings.SEARCH_MAX_S
        found: list[Any] = []
        while True:
            part = _after(query.choose(sessions, None), query, cursor, step)
            asked = [session.pk for session in part if not session.is_named]
            saying = search.among(asked)
            for session in part:
                if session.is_named or session.pk in saying:
                    if len(found) == most:
                        return cls(rows=_rows(found), next=_cursor(found[-1]))
                    found.append(session)
            if len(part) < step:
                return cls(rows=_rows(found), next="")
            cursor = _cursor(part[-1])
            if time.monotonic() > ends_at:
                return cls(rows=_rows(found), next=cursor)

    def groups(self) -> list[tuple[str, list[ListRow]]]:
        return [(g, [row for row in self.rows if row.group == g]) for g in GROUPS]


@dataclass(frozen=True, slots=True)
class Choices:
    """The values offered in the list's filters."""

    models: list[str]
    owners: list[str]
    tags: list[str]
    engines: list[EngineKind]

    @classmethod
    def of(cls, sessions: QuerySet[AgentSession]) -> Self:
        names = _distinct(sessions, "engine")
        kinds = [settings.ENGINES.get(name) or unknown_kind(name) for name in names]
        models, owners, tags = (_distinct(sessions, n) for n in CHOSEN)
        return cls(models, owners, tags, kinds)


CHOSEN = ("model", "owner__username", "tags__name")


def _after(
    chosen: QuerySet[AgentSession], query: ListQuery, cursor: str, most: int
) -> list[Any]:
    """Read at most `most` rows after a cursor, annotated with `rank` and `value`."""
    rows = chosen.filter(beyond(cursor, query.sort))
    return list(rows.select_related("owner").prefetch_related("tags")[:most])


def _cursor(row: Any) -> str:
    return cursor_of(row.rank, row.value, row.pk)


def _distinct(sessions: QuerySet[AgentSession], column: str) -> list[str]:
    values = sessions.filter(parent=None, **{f"{column}__isnull": False})
    found = values.order_by(column).values_list(column, flat=True).distinct()
    return [value for value in found[: settings.LIST_CHOICES_MAX] if value]


def _rows(found: list[Any]) -> list[ListRow]:
    below = descendants_of([session.pk for session in found])
    agents = [agent for family in below.values() for agent in family]
    asks: Mapping[str, int] = count_pending_approvals([*found, *agents])
    lines = sparklines([session.pk for session in found])
    return [
        ListRow(
            session=summary,
            group=GROUPS[session.rank],
            agents=len(below[session.pk]),
            asks=sum(asks.get(s.pk, 0) for s in [session, *below[session.pk]]),
            sparkline=lines.get(session.pk, ""),
        )
        for session, summary in zip(found, summaries(found), strict=True)
    ]
