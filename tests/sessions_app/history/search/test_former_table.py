"""From the index of whole words to the index of terms, on a database that has logs."""

from contextlib import closing

import pytest

from tests.benchmarks.load.filled_sessions import fill_sessions
from tests.conftest import Install
from tests.servers.installation import Installation
from tests.servers.process import until
from tests.servers.stack import POSTGRES, SQLITE, Stack

FORMER = {
    True: "INSERT INTO sessions_app_search (event_id, session_id, words) "
    "SELECT id, session_id, to_tsvector('simple', 'getUserByID') "
    "FROM sessions_app_event",
    False: "INSERT INTO sessions_app_search (rowid, session, text) "
    "SELECT id, replace(session_id, '_', ''), 'getUserByID' FROM sessions_app_event",
}
TABLES = {
    True: "SELECT 1 FROM pg_tables WHERE tablename = 'sessions_app_search'",
    False: "SELECT 1 FROM sqlite_master WHERE name LIKE 'sessions_app_search' "
    "OR name LIKE 'sessions_app_search_former%'",
}
EVENTS = 700  # more than one step deletes


@pytest.mark.parametrize("stack", [SQLITE, POSTGRES], ids=str)
def test_logs_of_the_former_version_become_searchable_and_its_index_goes(
    install: Install, stack: Stack
) -> None:
    installation = install(stack)
    installation.manage("migrate", "-v0", "sessions_app", "0005")
    _fill(installation)
    installation.run(FORMER[stack.postgres])
    installation.run("INSERT INTO sessions_app_searchindex VALUES ('s_old', 700)")
    installation.manage("migrate", "-v0")
    assert installation.rows(TABLES[stack.postgres])  # for processes that still use it
    served = installation.serve()
    with closing(installation.sign_in(served.url)) as client:
        until(lambda: _finds_the_last(client.get("/search/?q=getUser").text))
    until(lambda: not installation.rows(TABLES[stack.postgres]))
    assert installation.rows("SELECT seq, terms_seq FROM sessions_app_searchindex") == [
        (700, 700)
    ]


@pytest.mark.parametrize("stack", [SQLITE, POSTGRES], ids=str)
def test_a_new_database_has_no_former_index(install: Install, stack: Stack) -> None:
    assert not install(stack).rows(TABLES[stack.postgres])


def _finds_the_last(page: str) -> bool:
    return "<mark>getUser</mark>" in page and f"#e{EVENTS}" in page


def _fill(installation: Installation) -> None:
    fill_sessions(installation, {"s_old": EVENTS})
    data = '{"type":"text","block":"m1.0","text":"getUserByID"}'
    rows = ", ".join(
        f"({seq}, 's_old', {seq}, 'text', '', 0, '{data}')"
        for seq in range(1, EVENTS + 1)
    )
    installation.run(
        "INSERT INTO sessions_app_event "  # noqa: S608
        f"(id, session_id, seq, type, stream, ts, data) VALUES {rows}"
    )
