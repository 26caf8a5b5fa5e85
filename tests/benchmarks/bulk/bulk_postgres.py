from collections.abc import Iterator

import psycopg

from sessions_app.history.search.entry import SearchEntry
from sessions_app.history.search.postgres_terms import tsvector
from sessions_app.history.search.window import LEVELS
from tests.benchmarks.bulk.logs import Logs

EVENTS = "COPY sessions_app_event (id, session_id, seq, type, stream, ts, data)"
TERMS = "COPY sessions_app_search_terms (event_id, session_id, terms)"
# Built once all rows are there: a tenth of the time.
INDEX = "sessions_app_search_terms_terms"
BUILD = f"CREATE INDEX {INDEX} ON sessions_app_search_terms USING gin (terms)"
NEXT_ID = "SELECT setval(pg_get_serial_sequence('sessions_app_event', 'id'), {})"


def copy_rows(url: str, logs: Logs) -> None:
    """Write the logs' events and their terms by COPY, then build the index."""
    with psycopg.connect(url) as connection:
        connection.execute("SET synchronous_commit = off")
        connection.execute("SET maintenance_work_mem = '512MB'")
        connection.execute(f"DROP INDEX {INDEX}".encode())
        _copy(connection, EVENTS, logs.events())
        _copy(connection, TERMS, _terms(logs))
        connection.execute(BUILD.encode())
        connection.execute(NEXT_ID.format(logs.sessions * logs.length).encode())


def _copy(
    connection: psycopg.Connection, statement: str, rows: Iterator[tuple[object, ...]]
) -> None:
    with (
        connection.cursor() as cursor,
        cursor.copy(f"{statement} FROM STDIN".encode()) as copy,
    ):
        for row in rows:
            copy.write_row(row)


def _terms(logs: Logs) -> Iterator[tuple[object, ...]]:
    """Yield the rows of the index; a text's own terms are computed once."""
    marks = 1 + len(LEVELS)  # of the session, and of the blocks of ids
    terms = [
        tsvector(SearchEntry(0, "s", text)).split(" ", marks)[-1] for text in logs.texts
    ]
    for id_, session, _ in logs.places():
        blocks = " ".join(f"'~{level}.{id_ >> level}'" for level in LEVELS)
        yield id_, session, f"'~{session}' {blocks} {terms[id_ % len(terms)]}"
