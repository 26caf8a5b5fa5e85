"""Fills either database with sessions and their logs, searchable, in minutes.

The rows go past the project's own code, by COPY or in one transaction, and what the
index holds of a text is computed once for all events that say it.
"""

from tests.benchmarks.bulk.bulk_postgres import copy_rows
from tests.benchmarks.bulk.bulk_sqlite import insert_rows
from tests.benchmarks.bulk.logs import Logs
from tests.benchmarks.load.filled_sessions import fill_sessions
from tests.servers.installation import Installation

INDEXED = """
INSERT INTO sessions_app_searchindex (session_id, seq, terms_seq, title, named)
SELECT id, 0, head_seq, title, lower(title) FROM sessions_app_agentsession
"""


def fill(installation: Installation, logs: Logs) -> None:
    """Write the sessions, their events, and the index of what they say."""
    heads = {f"s_{number}": logs.length for number in range(logs.sessions)}
    fill_sessions(installation, heads)
    url = installation.env["DATABASE_URL"]
    if installation.stack.postgres:
        copy_rows(url, logs)
    else:
        insert_rows(url, logs)
    installation.run(INDEXED)
    installation.run("VACUUM ANALYZE" if installation.stack.postgres else "ANALYZE")
