"""The index of terms in PostgreSQL: a tsvector built here, with a GIN index.

Besides an event's terms the tsvector holds marks for its session and for the blocks of
ids that the event lies in. So the index can find the matches within a session, or
within a window of events.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.conf import settings
from django.db import connection

from sessions_app.history.search.entry import SearchEntry
from sessions_app.history.search.window import LEVELS, Window
from sessions_app.text.phrase import Phrase
from sessions_app.text.query import SearchQuery
from sessions_app.text.terms import term, terms_of

# Limits of a tsvector, with a margin: the highest position, and positions per lexeme.
POSITIONS_MAX = 16_000
OF_ONE_MAX = 250
# Marks an event whose positions were left out. Terms contain no tilde.
LONG = "~long"


def insert(entries: Sequence[SearchEntry]) -> None:
    sql = (
        "INSERT INTO sessions_app_search_terms (event_id, session_id, terms) "
        "VALUES (%s, %s, %s::tsvector) ON CONFLICT (event_id) "
        "DO UPDATE SET session_id = excluded.session_id, terms = excluded.terms"
    )
    rows = [(e.event_id, e.session_id, tsvector(e)) for e in entries]
    with connection.cursor() as cursor:
        cursor.executemany(sql, rows)


def tsvector(entry: SearchEntry) -> str:
    terms = terms_of(entry.text)
    places: dict[str, list[int]] = defaultdict(list)
    for place, word in enumerate(terms.words, 1):
        places[word].append(place)
    for before, part in terms.parts:
        places[part].append(before + 1)
    marks = [f"~{entry.session_id}", *(_block(n, entry.event_id >> n) for n in LEVELS)]
    if len(terms.words) > POSITIONS_MAX or any(
        len(found) > OF_ONE_MAX for found in places.values()
    ):
        marks.append(LONG)
        return " ".join(f"'{one}'" for one in [*marks, *places])
    placed = [f"'{one}':{','.join(map(str, at))}" for one, at in places.items()]
    return " ".join([*(f"'{mark}'" for mark in marks), *placed])


def matching(
    query: SearchQuery, scope: Collection[str] | None, window: Window, limit: int
) -> list[int]:
    """Return the ids of the newest events in a window that may match."""
    asked = [expression(phrase) for phrase in query.phrases]
    bounds = "event_id < %s AND event_id >= %s"
    # The planner chooses an index by a word's estimated frequency, and overestimates
    # words it does not know. So the query leaves only one index usable: no index
    # covers `setweight(terms, 'D')` (which changes nothing, D is every term's weight),
    # and no index is sorted by `event_id + 0`.
    terms, order = "setweight(terms, 'D')", "event_id"
    is_narrow = scope is not None and len(scope) <= settings.SEARCH_SCOPE_MAX_SESSIONS
    if window.level is not None:
        order = "event_id + 0"
        bounds = "event_id + 0 < %s AND event_id + 0 >= %s"
    if blocks := [_block(window.level or 0, number) for number in window.blocks]:
        terms = "terms"
        asked.append(_either(blocks))
    theirs: list[Any] = []
    if scope is not None and blocks and is_narrow:
        asked.append(_either(f"~{id_}" for id_ in scope))
    elif scope is not None:
        bounds += " AND session_id = ANY(%s)"
        theirs = [list(scope)]
    sql = (
        "SELECT event_id FROM sessions_app_search_terms "  # noqa: S608 all of it is ours
        f"WHERE {terms} @@ %s::tsquery AND {bounds} ORDER BY {order} DESC LIMIT %s"
    )
    tsquery = " & ".join(f"({one})" for one in asked)
    with connection.cursor() as cursor:
        cursor.execute(sql, [tsquery, window.before, window.since, *theirs, limit])
        return [id_ for (id_,) in cursor.fetchall()]


def forget_events(event_ids: Collection[int]) -> None:
    _forget("event_id", event_ids)


def forget_sessions(session_ids: Collection[str]) -> None:
    _forget("session_id", session_ids)


def _forget(column: str, values: Collection[int] | Collection[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM sessions_app_search_terms WHERE {column} = ANY(%s)",  # noqa: S608 one of two names
            [list(values)],
        )


def expression(phrase: Phrase) -> str:
    """Return the tsquery for a phrase; `Phrase.spans` filters out false matches."""
    asked = [f"'{word}'" for word in phrase.words]
    for place, atom in enumerate(phrase.atoms):
        if atom.sign:  # indexed at the same position as the word without its sign
            asked[place] = f"'{term(atom.text)}{atom.sign}'"
    if phrase.may_go_on:
        asked[-1] += ":*"
    if len(asked) == 1:
        return asked[0]
    return f"({' <-> '.join(asked)}) | ('{LONG}' & {' & '.join(asked)})"


def _block(level: int, number: int) -> str:
    return f"~{level}.{number}"


def _either(terms: Iterable[str]) -> str:
    return " | ".join(f"'{one}'" for one in terms)
