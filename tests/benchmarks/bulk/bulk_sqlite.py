import sqlite3
from collections.abc import Iterator
from contextlib import closing

from sessions_app.history.search.entry import SearchEntry
from sessions_app.history.search.sqlite_terms import row, session_term
from tests.benchmarks.bulk.logs import Logs

EVENTS = """
INSERT INTO sessions_app_event (id, session_id, seq, type, stream, ts, data)
VALUES (?, ?, ?, ?, ?, ?, ?)
"""
TERMS = """
INSERT INTO sessions_app_search_terms (rowid, session, words, parts)
VALUES (?, ?, ?, ?)
"""


def insert_rows(url: str, logs: Logs) -> None:
    """Write the logs' events and their terms, each table in one transaction."""
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA cache_size = -256000")  # kB
        for statement, rows in ((EVENTS, logs.events()), (TERMS, _terms(logs))):
            with connection:
                connection.executemany(statement, rows)


def _terms(logs: Logs) -> Iterator[tuple[object, ...]]:
    """Yield the rows of the index; a text's own terms are computed once."""
    terms = [row(SearchEntry(0, "s", text))[2:] for text in logs.texts]
    for id_, session, _ in logs.places():
        yield id_, session_term(session), *terms[id_ % len(terms)]
