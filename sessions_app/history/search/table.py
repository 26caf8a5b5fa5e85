"""The index of terms, in SQLite or PostgreSQL."""

from collections.abc import Collection, Sequence

from django.db import connection

from sessions_app.history.search import former_table, postgres_terms, sqlite_terms
from sessions_app.history.search.entry import SearchEntry
from sessions_app.history.search.window import Window
from sessions_app.text.query import SearchQuery

SQLITE = "sqlite"


def insert(entries: Sequence[SearchEntry]) -> None:
    if connection.vendor == SQLITE:
        sqlite_terms.insert(entries)
    else:
        postgres_terms.insert(entries)


def matching(
    query: SearchQuery, scope: Collection[str] | None, window: Window, limit: int
) -> list[int]:
    """Return the ids of the newest events in a window that may match.

    `scope`: the ids of the sessions to search; None: all.
    """
    if connection.vendor == SQLITE:
        return sqlite_terms.matching(query, scope, window, limit)
    return postgres_terms.matching(query, scope, window, limit)


def newest(before: int, count: int) -> Window:
    """Return the window of the newest `count` entries before an event id."""
    key = _key()
    newest_ = _one(
        f"SELECT {key} FROM sessions_app_search_terms WHERE {key} < %s "  # noqa: S608 one of two names
        f"ORDER BY {key} DESC LIMIT 1",
        [before],
    )
    since = _one(
        f"SELECT {key} FROM sessions_app_search_terms WHERE {key} < %s "  # noqa: S608 likewise
        f"ORDER BY {key} DESC LIMIT 1 OFFSET %s",
        [before, count - 1],
    )
    return Window(since or 0, (newest_ or 0) + 1)


def forget_events(event_ids: Collection[int]) -> None:
    if connection.vendor == SQLITE:
        sqlite_terms.forget_events(event_ids)
    else:
        postgres_terms.forget_events(event_ids)
    former_table.forget_events(event_ids)


def forget_sessions(session_ids: Collection[str]) -> None:
    """Delete all entries of sessions, even if their events are gone already."""
    if connection.vendor == SQLITE:
        sqlite_terms.forget_sessions(session_ids)
    else:
        postgres_terms.forget_sessions(session_ids)
    former_table.forget_sessions(session_ids)


def forget_all() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM sessions_app_search_terms")
    former_table.forget_all()


def _key() -> str:
    return "rowid" if connection.vendor == SQLITE else "event_id"


def _one(sql: str, values: list[int]) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        row = cursor.fetchone()
        return None if row is None else row[0]
