from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection

from sessions_app.history.search.query import SearchQuery, words_of

SQLITE = "sqlite"


@dataclass(frozen=True, slots=True)
class SearchEntry:
    """What of one event can be searched."""

    event_id: int
    session_id: str
    text: str


def insert(entries: Sequence[SearchEntry]) -> None:
    if connection.vendor == SQLITE:
        sql = (
            "INSERT OR REPLACE INTO sessions_app_search (rowid, session, text) "
            "VALUES (%s, %s, %s)"
        )
        rows = [(e.event_id, _token(e.session_id), e.text) for e in entries]
    else:
        sql = (
            "INSERT INTO sessions_app_search (event_id, session_id, words) "
            "VALUES (%s, %s, to_tsvector('simple', %s)) ON CONFLICT (event_id) "
            "DO UPDATE SET session_id = excluded.session_id, words = excluded.words"
        )
        # Its own parser would keep paths, hosts and the like whole.
        rows = [(e.event_id, e.session_id, " ".join(words_of(e.text))) for e in entries]
    with connection.cursor() as cursor:
        cursor.executemany(sql, rows)


def find(
    query: SearchQuery, scope: Collection[str] | None, before: int, limit: int
) -> list[int]:
    """Find the newest events that match, by id; `scope`: in these sessions only."""
    if connection.vendor == SQLITE:
        return _find_in_sqlite(query, scope, before, limit)
    return _find_in_postgres(query, scope, before, limit)


def _find_in_postgres(
    query: SearchQuery, scope: Collection[str] | None, before: int, limit: int
) -> list[int]:
    """Look through the newest entries, one by one; if too few match, in the index.

    The planner would choose one way for all, by what it thinks how often a word occurs.
    Of one that it does not know it thinks too high, and reads every entry.
    """
    sql = (
        "SELECT event_id FROM sessions_app_search "
        "WHERE words @@ to_tsquery('simple', %s) AND event_id < %s "
    )
    values: list[Any] = [query.tsquery]
    theirs: list[Any] = []
    if scope is not None:
        sql += "AND session_id = ANY(%s) "
        theirs = [list(scope)]
    since = _some_back(before)
    newest = _ids(
        f"{sql} AND event_id >= %s ORDER BY event_id DESC LIMIT %s",
        [*values, before, *theirs, since, limit],
    )
    if len(newest) == limit:
        return newest
    # By a sum, which no index is sorted by: nothing is read in this order.
    older = _ids(
        f"{sql} ORDER BY event_id + 0 DESC LIMIT %s",
        [*values, since, *theirs, limit - len(newest)],
    )
    return newest + older


def _some_back(before: int) -> int:
    """Name the event from which on there are SEARCH_NEWEST_ENTRIES before another."""
    sql = (
        "SELECT event_id FROM sessions_app_search WHERE event_id < %s "
        "ORDER BY event_id DESC OFFSET %s LIMIT 1"
    )
    found = _ids(sql, [before, settings.SEARCH_NEWEST_ENTRIES - 1])
    return found[0] if found else 0


def _find_in_sqlite(
    query: SearchQuery, scope: Collection[str] | None, before: int, limit: int
) -> list[int]:
    match = f"text : ({query.fts5})"
    sql = "SELECT found.rowid FROM sessions_app_search AS found "
    values: list[Any] = [match]
    if scope is None:
        sql += "WHERE sessions_app_search MATCH %s "
    elif len(scope) <= settings.SEARCH_SCOPE_MAX_SESSIONS:
        # The index itself tells them apart.
        sessions = " OR ".join(f'"{_token(id_)}"' for id_ in scope)
        values = [f"session : ({sessions}) AND {match}"]
        sql += "WHERE sessions_app_search MATCH %s "
    else:
        marks = ", ".join(["%s"] * len(scope))
        values += [_token(id_) for id_ in scope]
        sql += f"WHERE sessions_app_search MATCH %s AND found.session IN ({marks}) "
    sql += "AND found.rowid < %s ORDER BY found.rowid DESC LIMIT %s"
    return _ids(sql, [*values, before, limit])


def forget_events(event_ids: Collection[int]) -> None:
    key = "rowid" if connection.vendor == SQLITE else "event_id"
    with connection.cursor() as cursor:
        cursor.executemany(
            f"DELETE FROM sessions_app_search WHERE {key} = %s",  # noqa: S608 one of these two names
            [(event_id,) for event_id in event_ids],
        )


def forget_session(session_id: str) -> None:
    """Forget what is left of a session, whatever has become of its events."""
    found = "session_id = %s"
    value = session_id
    if connection.vendor == SQLITE:
        found = "rowid IN (SELECT rowid FROM sessions_app_search(%s))"
        value = f'session : "{_token(session_id)}"'
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM sessions_app_search WHERE {found}", [value])  # noqa: S608 one of these two


def forget_all() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM sessions_app_search")


def _ids(sql: str, values: list[Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [id_ for (id_,) in cursor.fetchall()]


def _token(session_id: str) -> str:
    """Write a session's id as one word."""
    return "".join(words_of(session_id)).lower()
