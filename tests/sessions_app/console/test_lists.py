import re

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from sessions_app.models import AgentSession, Command, Event
from sessions_app.people.roles import Role, assign
from tests.sessions_app.masking.keys import GITHUB, GITHUB_COVERED

SESSIONS = "/admin/sessions_app/agentsession/"
EVENTS = "/admin/sessions_app/event/"
COMMANDS = "/admin/sessions_app/command/"


@pytest.fixture
def log(session: AgentSession) -> AgentSession:
    fill(session, 1, 250)
    return session


def fill(session: AgentSession, first: int, last: int) -> None:
    Event.objects.bulk_create(
        Event(
            session=session,
            seq=seq,
            type="turn_start" if seq % 100 == 1 else "text",
            ts=1_789_000_000_123,
            data=f'{{"type":"text","text":"<b>{seq}</b>"}}',
        )
        for seq in range(first, last + 1)
    )
    AgentSession.objects.filter(pk=session.pk).update(head_seq=last)


def queries(client: Client, path: str) -> list[str]:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(path).status_code == 200
    return [query["sql"] for query in captured.captured_queries]


def seqs(client: Client, query: str) -> list[int]:
    page = client.get(f"{EVENTS}?{query}")
    assert page.status_code == 200
    return [event.seq for event in page.context["cl"].result_list]


def test_sessions_are_listed_with_links(as_root: Client, session: AgentSession) -> None:
    page = as_root.get(SESSIONS).content.decode()
    assert "Tidy up" in page
    assert f'href="/sessions/{session.pk}/"' in page
    assert f'href="{EVENTS}?q={session.pk}"' in page


@pytest.mark.parametrize("word", ["{id}", "tidy", "prompted"])
def test_sessions_are_found(as_root: Client, alice: User, word: str) -> None:
    found = AgentSession.objects.create(owner=alice, title="Tidy", prompt="Prompted")
    AgentSession.objects.create(owner=alice, title="Other", prompt="p")
    page = as_root.get(SESSIONS, {"q": word.format(id=found.pk)})
    assert list(page.context["cl"].result_list) == [found]


@pytest.mark.parametrize(
    "query", ["status=running", "engine=e", "model=m", "owner__id__exact={owner}"]
)
def test_sessions_are_filtered(as_root: Client, alice: User, query: str) -> None:
    found = AgentSession.objects.create(
        owner=alice, title="t", prompt="p", status="running", engine="e", model="m"
    )
    AgentSession.objects.create(title="t", prompt="p")
    query = query.format(owner=alice.pk).replace("status=", "status__exact=")
    page = as_root.get(f"{SESSIONS}?{query}")
    assert list(page.context["cl"].result_list) == [found]


def test_lists_take_as_many_queries_for_many_rows(
    as_root: Client, alice: User, session: AgentSession
) -> None:
    def fill_all(number: int) -> None:
        owner = User.objects.create_user(f"user{number}")
        other = AgentSession.objects.create(owner=owner, title="t", prompt="p")
        Command.objects.create(session=other, key="k", type="cancel", by=owner)
        fill(other, 1, 3)

    fill_all(0)
    counts = [len(queries(as_root, path)) for path in (SESSIONS, EVENTS, COMMANDS)]
    for number in range(1, 6):
        fill_all(number)
    again = [len(queries(as_root, path)) for path in (SESSIONS, EVENTS, COMMANDS)]
    assert again == counts


def test_only_the_title_can_be_changed(as_root: Client, session: AgentSession) -> None:
    path = f"{SESSIONS}{session.pk}/change/"
    assert as_root.get(path).context["adminform"].form.fields.keys() == {"title"}
    answer = as_root.post(path, {"title": "Renamed", "status": "failed"})
    assert answer.status_code == 302
    session.refresh_from_db()
    assert (session.title, session.status) == ("Renamed", "running")


def test_a_secret_in_a_new_title_is_masked(
    as_root: Client, session: AgentSession
) -> None:
    as_root.post(f"{SESSIONS}{session.pk}/change/", {"title": f"with {GITHUB}"})
    session.refresh_from_db()
    assert session.title == f"with {GITHUB_COVERED}"


def test_renaming_writes_no_other_column(
    as_root: Client, session: AgentSession
) -> None:
    with CaptureQueriesContext(connection) as captured:
        as_root.post(f"{SESSIONS}{session.pk}/change/", {"title": "Renamed"})
    updates = [
        query["sql"]
        for query in captured.captured_queries
        if query["sql"].startswith('UPDATE "sessions_app_agentsession"')
    ]
    assert len(updates) == 1
    assert "head_seq" not in updates[0]
    assert "lease" not in updates[0]


@pytest.mark.parametrize("path", [SESSIONS, EVENTS, COMMANDS])
def test_nothing_is_added(as_root: Client, path: str) -> None:
    assert as_root.get(f"{path}add/").status_code == 403


def test_nothing_is_deleted_and_events_are_not_changed(
    as_root: Client, log: AgentSession
) -> None:
    event = Event.objects.latest("id")
    command = Command.objects.create(session=log, key="k", type="cancel", data="{}")
    for path in (
        f"{SESSIONS}{log.pk}/delete/",
        f"{EVENTS}{event.pk}/delete/",
        f"{COMMANDS}{command.pk}/delete/",
    ):
        assert as_root.post(path, {"post": "yes"}).status_code == 403
    for path in (
        f"{EVENTS}{event.pk}/change/",
        f"{COMMANDS}{command.pk}/change/",
    ):
        assert as_root.get(path).status_code == 200
        assert as_root.post(path, {"data": "{}"}).status_code == 403
    remove = {"action": "delete_selected", "_selected_action": event.pk, "post": "yes"}
    as_root.post(EVENTS, remove)
    assert Event.objects.count() == 250


def test_log_is_never_counted_nor_read_whole(
    as_root: Client, log: AgentSession
) -> None:
    faceted = f"{EVENTS}?_facets=True"
    for path in (EVENTS, f"{EVENTS}?q={log.pk}", f"{EVENTS}?type=text&p=2", faceted):
        asked = [sql for sql in queries(as_root, path) if "app_event" in sql]
        assert asked
        for sql in asked:
            assert "COUNT(" not in sql
            assert "LIMIT" in sql or '"id" IN (' in sql
            assert "DISTINCT" not in sql


def test_log_is_paged(as_root: Client, log: AgentSession) -> None:
    newest_first = list(range(250, 0, -1))
    assert seqs(as_root, "") == newest_first[:100]
    assert seqs(as_root, "p=2") == newest_first[100:200]
    assert seqs(as_root, "p=3") == newest_first[200:]
    assert 'href="?p=2"' in as_root.get(EVENTS).content.decode()
    assert 'href="?p=4"' not in as_root.get(f"{EVENTS}?p=3").content.decode()


@pytest.mark.parametrize("page", ["4", "0", "-1", "x", "9" * 30, "9" * 4000, "²", "٣"])
def test_page_that_is_none_is_no_fault_of_the_server(
    as_root: Client, log: AgentSession, page: str
) -> None:
    assert as_root.get(EVENTS, {"p": page}, follow=True).status_code == 200


def test_one_sessions_log_reads_in_its_order(
    as_root: Client, alice: User, log: AgentSession
) -> None:
    other = AgentSession.objects.create(owner=alice, title="t", prompt="p")
    fill(other, 1, 3)
    assert seqs(as_root, f"q={other.pk}") == [1, 2, 3]
    assert seqs(as_root, f"q={log.pk}+turn_start") == [1, 101, 201]
    assert seqs(as_root, "q=turn_start") == [1, 201, 101, 1]
    assert seqs(as_root, "type=turn_start") == [1, 201, 101, 1]
    assert seqs(as_root, "q=s_none") == []


def test_event_shows_its_time_and_json(as_root: Client, log: AgentSession) -> None:
    event = Event.objects.get(seq=7)
    page = as_root.get(f"{EVENTS}{event.pk}/change/").content.decode()
    assert "2026-09-10 00:26:40.123+00:00" in page
    assert "<pre>{\n  &quot;type&quot;: &quot;text&quot;,\n" in page
    assert "&lt;b&gt;7&lt;/b&gt;" in page
    listed = as_root.get(EVENTS).content.decode()
    assert "&lt;b&gt;250&lt;/b&gt;" in listed


def test_event_of_an_impossible_time_is_shown_all_the_same(
    as_root: Client, session: AgentSession
) -> None:
    Event.objects.create(session=session, seq=1, type="x", ts=10**18, data="{}")
    assert "1000000000000000000" in as_root.get(EVENTS).content.decode()


def test_admins_by_role_see_all(
    as_alice: Client, alice: User, session: AgentSession
) -> None:
    assign(alice, Role.ADMIN)
    fill(session, 1, 1)
    Command.objects.create(session=session, key="k", type="cancel")
    for path in (SESSIONS, EVENTS, COMMANDS):
        assert len(as_alice.get(path).context["cl"].result_list) == 1


def test_staff_flag_lets_nobody_in(as_bob: Client, bob: User) -> None:
    bob.is_staff = True
    bob.save()
    assert as_bob.get("/admin/").status_code == 302
    assert as_bob.get("/admin/", follow=True).status_code == 403


def test_admins_by_role_sign_in_where_all_do(client: Client, alice: User) -> None:
    assign(alice, Role.ADMIN)
    alice.set_password("correct horse battery")
    alice.save()
    asked = client.get(SESSIONS, follow=True)
    assert asked.redirect_chain[-1][0] == f"/signin/?next={SESSIONS}"
    said = {"username": "alice", "password": "correct horse battery", "next": SESSIONS}
    came = client.post("/signin/", said)
    assert (came.status_code, came["Location"]) == (302, SESSIONS)
    assert client.get("/admin/login/")["Location"] == "/admin/"
    away = Client().get("/admin/login/", {"next": "https://evil.example/"})
    assert Client().post(away["Location"], said).status_code == 302
    assert "evil" not in Client().post(away["Location"], said)["Location"]


@pytest.mark.parametrize(
    "path",
    [
        f"{SESSIONS}?q=%00", f"{SESSIONS}?status__exact=%00", f"{SESSIONS}?runner=%00",
        f"{SESSIONS}%00/change/", f"{SESSIONS}x%00/history/", f"{EVENTS}?type=a%00",
        f"{COMMANDS}?type__exact=%00", "/admin/sessions_app/diagnostics/%00/change/",
    ],
)  # fmt: skip
def test_nul_in_an_address_is_refused(as_root: Client, path: str) -> None:
    assert as_root.get(path).status_code == 400


def test_patterns_are_not_run_in_the_database(as_root: Client) -> None:
    for lookup in ("prompt__regex", "title__iregex"):
        assert as_root.get(SESSIONS, {lookup: "(a+)+$"}).status_code == 400


@pytest.mark.parametrize("field", ["_selected_action", "text"])
def test_nul_in_a_form_is_refused(
    as_root: Client, session: AgentSession, field: str
) -> None:
    said = {"action": "redact", "_selected_action": session.pk, "confirmed": "yes"}
    assert as_root.post(SESSIONS, said | {field: "\0"}).status_code == 400


@pytest.mark.parametrize("runner", ["x", "²", "-1", "9" * 30, "9" * 4000, "7"])
def test_runner_that_is_none_has_no_sessions(
    as_root: Client, session: AgentSession, runner: str
) -> None:
    page = as_root.get(SESSIONS, {"runner": runner})
    assert page.status_code == 200
    assert not page.context["cl"].result_list


def test_admin_is_for_admins(as_alice: Client, session: AgentSession) -> None:
    for path in (SESSIONS, EVENTS, COMMANDS):
        assert as_alice.get(path).status_code == 302


def test_rare_type_is_looked_for_in_a_part_of_the_log(
    as_root: Client, log: AgentSession, settings: LazySettings
) -> None:
    settings.ADMIN_LOG_MAX_ROWS = 100
    assert seqs(as_root, "type=turn_start") == [201]
    assert seqs(as_root, "") == list(range(250, 150, -1))
    assert 'href="?p=2"' not in as_root.get(EVENTS).content.decode()
    oldest = Event.objects.earliest("id")
    assert as_root.get(f"{EVENTS}{oldest.pk}/change/").status_code == 200


def test_long_log_is_read_by_stretches(
    as_root: Client, log: AgentSession, settings: LazySettings
) -> None:
    settings.ADMIN_LOG_MAX_ROWS = 100
    one = f"q={log.pk}"
    page = as_root.get(f"{EVENTS}?{one}").content.decode()
    assert re.findall(r"[\d,]+ to [\d,]+", page) == [
        "1 to 100", "101 to 200", "201 to 250",
    ]  # fmt: skip
    assert seqs(as_root, one) == list(range(1, 101))
    assert seqs(as_root, f"{one}&from=201") == list(range(201, 251))
    assert seqs(as_root, f"{one}+turn_start&from=101") == [101]
    for odd in ("0", "x", "²", "9" * 4000):
        seqs(as_root, f"{one}&from={odd}")
    for path in (f"{EVENTS}?{one}+none", f"{EVENTS}?{one}&from=201&type=none"):
        looked = [sql for sql in queries(as_root, path) if "app_event" in sql]
        assert all('"seq" <' in sql for sql in looked)


def test_rows_of_a_page_are_read_by_their_keys_alone(
    as_root: Client, log: AgentSession
) -> None:
    """With an order as well, SQLite reads all of the log in that order."""
    (rows,) = [
        sql for sql in queries(as_root, f"{EVENTS}?q={log.pk}&p=2") if '"start"' in sql
    ]
    assert "ORDER BY" not in rows
    assert seqs(as_root, f"q={log.pk}&p=2") == list(range(101, 201))


def test_control_room_lists_its_own_first(as_root: Client) -> None:
    apps = as_root.get("/admin/").context["app_list"]
    assert next(app["app_label"] for app in apps) == "sessions_app"


def test_hostile_words_are_words_in_the_control_room(
    as_root: Client, alice: User, session: AgentSession
) -> None:
    bad = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    AgentSession.objects.filter(pk=session.pk).update(title=bad, model=bad, cost_usd=1)
    alice.username = bad
    alice.save()
    Command.objects.create(session=session, key="k", type="x", data=f'"{bad[:8]}"')
    for path in (
        SESSIONS, f"{SESSIONS}{session.pk}/change/", COMMANDS, f"{SESSIONS}costs/",
        f"{SESSIONS}{session.pk}/history/", "/admin/",
    ):  # fmt: skip
        page = as_root.get(path).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page
