"""Fills PostgreSQL with many sessions and their logs, searchable, by COPY."""

from collections.abc import Iterator, Sequence

import psycopg

from sessions_app.history.search.entry import SearchEntry
from sessions_app.history.search.postgres_terms import tsvector
from sessions_app.history.search.window import LEVELS
from tests.benchmarks.load.filled_sessions import fill_sessions
from tests.servers.installation import Installation

EVENTS = "COPY sessions_app_event (id, session_id, seq, type, stream, ts, data)"
TERMS = "COPY sessions_app_search_terms (event_id, session_id, terms)"
# Built once all rows are there: a tenth of the time.
INDEX = "sessions_app_search_terms_terms"
BUILD = f"CREATE INDEX {INDEX} ON sessions_app_search_terms USING gin (terms)"
REST = """
INSERT INTO sessions_app_searchindex (session_id, seq, terms_seq, title, named)
SELECT id, 0, head_seq, title, lower(title) FROM sessions_app_agentsession;
UPDATE sessions_app_agentsession SET status = 'completed', updated_at = now() -
    CASE WHEN substr(id, 3)::int < {old} THEN interval '2 years' ELSE '1 day' END;
SELECT setval(pg_get_serial_sequence('sessions_app_event', 'id'), {events});
"""


def fill(
    installation: Installation,
    sessions: int,
    length: int,
    texts: Sequence[str],
    old: int,
) -> None:
    """Write sessions of so many events, past the project's own code.

    One session after the other, as most are written in life: a session's events lie
    together. The first `old` of them have been at rest for two years. The events say
    the texts in turn.
    """
    fill_sessions(installation, {f"s_{n}": length for n in range(sessions)})
    with psycopg.connect(installation.env["DATABASE_URL"]) as connection:
        connection.execute("SET synchronous_commit = off")
        connection.execute("SET maintenance_work_mem = '512MB'")
        connection.execute(f"DROP INDEX {INDEX}".encode())
        _copy(connection, EVENTS, _event_rows(sessions, length, texts))
        _copy(connection, TERMS, _term_rows(sessions, length, texts))
        connection.execute(BUILD.encode())
        connection.execute(REST.format(events=sessions * length, old=old).encode())
    installation.run("VACUUM ANALYZE")


def _copy(
    connection: psycopg.Connection, statement: str, rows: Iterator[tuple[object, ...]]
) -> None:
    with (
        connection.cursor() as cursor,
        cursor.copy(f"{statement} FROM STDIN".encode()) as copy,
    ):
        for row in rows:
            copy.write_row(row)


def _event_rows(
    sessions: int, length: int, texts: Sequence[str]
) -> Iterator[tuple[object, ...]]:
    for id_, session, seq in _numbers(sessions, length):
        text = texts[id_ % len(texts)]
        data = f'{{"type":"text","seq":{seq},"block":"m1.0","text":"{text}"}}'
        yield id_, session, seq, "text", "", id_, data


def _term_rows(
    sessions: int, length: int, texts: Sequence[str]
) -> Iterator[tuple[object, ...]]:
    marks = 1 + len(LEVELS)  # of the session, and of the blocks of ids
    terms = [
        tsvector(SearchEntry(0, "s", text)).split(" ", marks)[-1] for text in texts
    ]
    for id_, session, _ in _numbers(sessions, length):
        blocks = " ".join(f"'~{level}.{id_ >> level}'" for level in LEVELS)
        yield id_, session, f"'~{session}' {blocks} {terms[id_ % len(terms)]}"


def _numbers(sessions: int, length: int) -> Iterator[tuple[int, str, int]]:
    """Yield each event's id, session and seq."""
    for number in range(sessions):
        session = f"s_{number}"
        for seq in range(1, length + 1):
            yield number * length + seq, session, seq
