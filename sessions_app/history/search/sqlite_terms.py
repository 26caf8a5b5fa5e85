"""The index of terms in SQLite: an FTS5 table of two columns, words and parts."""

from collections.abc import Collection, Sequence
from typing import Any

from django.conf import settings
from django.db import connection

from sessions_app.history.search.entry import SearchEntry
from sessions_app.history.search.window import Window
from sessions_app.text.phrase import Phrase
from sessions_app.text.query import SearchQuery
from sessions_app.text.terms import terms_of


def insert(entries: Sequence[SearchEntry]) -> None:
    sql = (
        "INSERT OR REPLACE INTO sessions_app_search_terms "
        "(rowid, session, words, parts) VALUES (%s, %s, %s, %s)"
    )
    with connection.cursor() as cursor:
        cursor.executemany(sql, [row(entry) for entry in entries])


def row(entry: SearchEntry) -> tuple[int, str, str, str]:
    terms = terms_of(entry.text)
    parts = sorted({part for _, part in terms.parts})
    words = " ".join(terms.words)
    return entry.event_id, session_term(entry.session_id), words, " ".join(parts)


def matching(
    query: SearchQuery, scope: Collection[str] | None, window: Window, limit: int
) -> list[int]:
    """Return the ids of the newest events in a window that may match."""
    match = " AND ".join(f"({expression(phrase)})" for phrase in query.phrases)
    sql = "SELECT rowid FROM sessions_app_search_terms WHERE "
    theirs: list[str] = []
    if scope is not None and len(scope) <= settings.SEARCH_SCOPE_MAX_SESSIONS:
        # Few enough sessions for the index's own `session` column.
        sessions = " OR ".join(f'"{session_term(id_)}"' for id_ in scope)
        match = f"(session : ({sessions})) AND {match}"
    elif scope is not None:
        theirs = [session_term(id_) for id_ in scope]
        sql += f"session IN ({', '.join(['%s'] * len(theirs))}) AND "
    sql += (
        "sessions_app_search_terms MATCH %s AND rowid >= %s AND rowid < %s "
        "ORDER BY rowid DESC LIMIT %s"
    )
    values: list[Any] = [*theirs, match, window.since, window.before, limit]
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [id_ for (id_,) in cursor.fetchall()]


def forget_events(event_ids: Collection[int]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "DELETE FROM sessions_app_search_terms WHERE rowid = %s",
            [(event_id,) for event_id in event_ids],
        )


def forget_sessions(session_ids: Collection[str]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "DELETE FROM sessions_app_search_terms WHERE rowid IN "
            "(SELECT rowid FROM sessions_app_search_terms(%s))",
            [(f'session : "{session_term(id_)}"',) for id_ in session_ids],
        )


def session_term(session_id: str) -> str:
    """Return a session's id as one term of the index."""
    return session_id.replace("_", "").replace("-", "").lower()


def expression(phrase: Phrase) -> str:
    """Return the FTS5 query for a phrase; `Phrase.spans` filters out false matches.

    The phrase's first and last word may be parts of identifiers. The index has no
    positions for parts, so then only the words between must be adjacent, and the ends
    may be anywhere in the event.
    """
    words = phrase.words
    star = " *" if phrase.may_go_on else ""
    if len(words) == 1:
        if phrase.signed:
            return f'parts : "{phrase.signed[0]}"'
        has_parts = phrase.atoms[0].is_letters
        columns = "{words parts}" if has_parts else "words"
        return f'{columns} : "{words[0]}"{star}'
    ways = [_words(words, star)]
    opens, closes = phrase.atoms[0].is_letters, phrase.atoms[-1].is_letters
    if opens:
        ways.append(f'parts : "{words[0]}" AND {_words(words[1:], star)}')
    if closes:
        ways.append(f'parts : "{words[-1]}"{star} AND {_words(words[:-1])}')
    if opens and closes:
        ends = f'parts : "{words[0]}" AND parts : "{words[-1]}"{star}'
        inner = f" AND {_words(words[1:-1])}" if len(words) > 2 else ""
        ways.append(ends + inner)
    signed = "".join(f' AND parts : "{one}"' for one in phrase.signed)
    return "(" + " OR ".join(f"({way})" for way in ways) + f"){signed}"


def _words(words: list[str], star: str = "") -> str:
    return f'words : "{" ".join(words)}"{star}'
