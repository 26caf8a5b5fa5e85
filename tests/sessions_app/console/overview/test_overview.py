"""The admin's first page: what goes on, at a cost that does not grow with the log."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from sessions_app.console.overview.sessions_now import FAILURES, sessions_now
from sessions_app.models import AgentSession, Event, RunnerProcess
from sessions_app.protocol.status import SessionStatus

CONSOLE = "/admin/"
STATUSES = [status.value for status in SessionStatus]


def begin(status: str, days_ago: float = 0, **fields: object) -> AgentSession:
    at = timezone.now() - timedelta(days=days_ago)
    given = {"title": f"A {status} one", "prompt": "p", **fields}
    return AgentSession.objects.create(
        status=status, created_at=at, updated_at=at, **given
    )


def test_first_page_shows_what_goes_on_and_leads_there(
    as_root: Client, alice: User
) -> None:
    ids = {status: begin(status, owner=alice).pk for status in STATUSES}
    begin("failed", days_ago=3, title="Long ago")
    begin("completed", cost_usd=Decimal("1.5"), model="opus", workdir="/srv/rows")
    RunnerProcess.objects.create(
        name="n", host="h", pid=7, concurrency=4, sessions=2, throttled=0
    )
    page = as_root.get(CONSOLE).content.decode()
    for status in ("waiting", "running", "queued", "failed", "interrupted"):
        assert f"/sessions/{ids[status]}/" in page, status
    assert f"/sessions/{ids['completed']}/" not in page
    assert "Long ago" not in page
    assert "2 of 4" in page
    assert "$1.50" in page
    assert "?model=opus" in page
    assert "?workdir=%2Fsrv%2Frows" in page
    links = ("runnerprocess/", "event/", "agentsession/costs/", "webprocess/")
    assert all(f"/admin/sessions_app/{link}" in page for link in links)
    assert "style=" not in page[page.index("console-grid") :]
    for target in (
        "?model=opus",
        "?workdir=%2Fsrv%2Frows",
        "?status__in=failed,interrupted",
    ):
        listed = as_root.get(f"/admin/sessions_app/agentsession/{target}")
        assert listed.status_code == 200, target


def test_groups_are_what_a_naive_reader_counts(db: None) -> None:
    for number in range(40):
        begin(STATUSES[number % len(STATUSES)], days_ago=(number % 3) * 0.6)
    everything = list(AgentSession.objects.all())
    since = timezone.now() - timedelta(days=1)
    wanted = {
        "Waiting for people": [s for s in everything if s.status == "waiting"],
        "Running now": [s for s in everything if s.status == "running"],
        "Queued": [s for s in everything if s.status == "queued"],
        "Failed in the last day": [
            s for s in everything if s.status in FAILURES and s.updated_at >= since
        ],
    }
    for group in sessions_now():
        of_all = wanted[group.title]
        assert group.count == len(of_all)
        assert {row.pk for row in group.rows} <= {session.pk for session in of_all}


def test_count_is_bounded_and_says_so(db: None, settings: LazySettings) -> None:
    settings.CONSOLE_COUNT_MAX = 6
    for _ in range(8):
        begin("running")
    (running,) = [one for one in sessions_now() if one.title == "Running now"]
    assert (running.count_text, len(running.rows)) == ("6+", 5)


def test_more_sessions_take_as_many_queries(as_root: Client) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert as_root.get(CONSOLE).status_code == 200
        return len(captured)

    for _ in range(5):
        for status in STATUSES:
            begin(status)
    few = count()
    for number in range(30):
        owner = User.objects.create_user(f"u{number}")
        begin(STATUSES[number % len(STATUSES)], owner=owner, model=f"m{number}")
    assert count() == few


@pytest.mark.parametrize("table", [Event._meta.db_table])
def test_no_query_reads_a_log(as_root: Client, table: str) -> None:
    """The only one that names events asks for the last number, which an index has."""
    begin("waiting")
    with CaptureQueriesContext(connection) as captured:
        as_root.get(CONSOLE)
    of_events = [one["sql"] for one in captured if table in one["sql"]]
    assert [sql.count('MAX("') for sql in of_events] == [1]


def test_first_page_is_for_admins(as_alice: Client) -> None:
    assert as_alice.get(CONSOLE).status_code == 302
