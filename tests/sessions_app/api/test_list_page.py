import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models.functions import Now
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries, Settings

from sessions_app.api.list_page import SessionListPage
from sessions_app.api.sparkline import PARTS, activity, path
from sessions_app.history.search import table as search_table
from sessions_app.history.search.indexer import index, unindexed
from sessions_app.models import AgentSession, Event, Tag
from sessions_app.sessions.list_query import ListQuery
from tests.sessions_app.logbook import text, write_log

STATUSES = ["queued", "running", "waiting", "idle", "completed", "failed"]


def made(number: int, **fields: Any) -> AgentSession:
    values = {"id": f"s_{number}", "title": f"t{number}", "prompt": "p"} | fields
    session = AgentSession.objects.create(**{"status": "completed", **values})
    since = timedelta(minutes=number)
    moved = {"updated_at": Now() - since, "created_at": Now() - since}
    AgentSession.objects.filter(pk=session.pk).update(**moved)
    return session


def listed(query: ListQuery | None = None) -> list[str]:
    """Read the list to its end, page by page."""
    ids: list[str] = []
    cursor = ""
    while True:
        page = SessionListPage.read(
            AgentSession.objects.all(), query or ListQuery(), cursor=cursor
        )
        ids += [row.session.id for row in page.rows]
        cursor = page.next
        if not cursor:
            return ids


@pytest.mark.django_db
@pytest.mark.parametrize("sort", ["changed", "created", "cost"])
def test_pages_give_every_session_once_and_those_that_wait_first(
    settings: Settings, sort: str
) -> None:
    settings.LIST_PAGE_ROWS = 4
    for number in range(23):
        cost = None if number % 3 == 0 else number % 5
        made(number, status=STATUSES[number % len(STATUSES)], cost_usd=cost)
    ids = listed(ListQuery(sort=sort))
    assert sorted(ids) == sorted(f"s_{number}" for number in range(23))
    ranks = [rank_of(id_) for id_ in ids]
    assert ranks == sorted(ranks)


@pytest.mark.django_db
@pytest.mark.parametrize("sort", ["changed", "created"])
@pytest.mark.parametrize("at", [Now(), datetime(2026, 11, 1, tzinfo=UTC)])
def test_pages_give_every_session_once_though_all_changed_at_one_moment(
    settings: Settings, sort: str, at: Any
) -> None:
    settings.LIST_PAGE_ROWS = 4
    for number in range(23):
        made(number)
    # As the database writes it, and as Python does: SQLite keeps other texts of either.
    AgentSession.objects.update(updated_at=at, created_at=at)
    ids = listed(ListQuery(sort=sort))
    assert sorted(ids) == sorted(f"s_{number}" for number in range(23))


def rank_of(id_: str) -> int:
    status = STATUSES[int(id_[2:]) % len(STATUSES)]
    return 0 if status == "waiting" else 1 if status in {"queued", "running"} else 2


@pytest.mark.django_db
def test_within_a_group_the_latest_change_comes_first() -> None:
    for number in (2, 0, 1):
        made(number)
    assert listed() == ["s_0", "s_1", "s_2"]


@pytest.mark.django_db
def test_dearest_come_first_and_unknown_costs_last() -> None:
    for number, cost in enumerate([None, "0.5", "7"]):
        made(number, cost_usd=cost)
    assert listed(ListQuery(sort="cost")) == ["s_2", "s_1", "s_0"]


@pytest.mark.django_db
def test_a_session_waits_when_any_of_its_sub_agents_does() -> None:
    root, _ = made(1, status="running"), made(2, status="running")
    child = made(3, status="running", parent=root)
    made(4, status="waiting", parent=child)
    page = SessionListPage.read(AgentSession.objects.all(), ListQuery())
    found = [(row.session.id, row.group, row.agents) for row in page.rows]
    assert found == [("s_1", "person", 2), ("s_2", "active", 0)]


@pytest.mark.django_db
def test_filters_narrow_the_list(alice: User) -> None:
    tagged = made(1, title="Fix the parser", owner=alice, model="m1")
    Tag.objects.create(session=tagged, name="bug")
    made(2, prompt="Explain the PARSER", model="m2", status="failed")
    made(3, archived_at=Now(), title="old parser")
    for query, ids in [
        ({}, ["s_1", "s_2"]),
        ({"text": "parser"}, ["s_1", "s_2"]),
        ({"text": "parser fix"}, ["s_1"]),
        ({"text": "100%_"}, []),
        ({"status": "failed"}, ["s_2"]),
        ({"model": "m1"}, ["s_1"]),
        ({"owner": "alice"}, ["s_1"]),
        ({"tag": "bug"}, ["s_1"]),
        ({"archived": "yes"}, ["s_3"]),
        ({"status": "nonsense", "sort": "x", "other": "y"}, ["s_1", "s_2"]),
        ({"text": "\0"}, ["s_1", "s_2"]),
    ]:
        assert listed(ListQuery.of(query)) == ids, query


@pytest.mark.conformance
@pytest.mark.django_db
def test_the_list_finds_what_was_said_in_a_session_and_below_it(
    as_alice: Client, as_bob: Client, alice: User
) -> None:
    search_table.forget_all()
    root = made(1, owner=alice, title="Walk the dog")
    child = made(2, owner=alice, parent=root, prompt="leash")
    made(3, owner=alice, title="Nothing of it")
    made(4, owner=alice, title="A lighthouse")
    write_log(child, text("the lighthouse keeper"))
    while index(child.pk):
        pass
    for said, ids in [
        ("lighthouse", ["s_1", "s_4"]),
        ("lighthouse keeper", ["s_1"]),
        ("light", ["s_4"]),
        ("light*", ["s_1"]),
    ]:
        rows = as_alice.get("/sessions/list", {"text": said}).json()["rows"]
        assert [row["session"]["id"] for row in rows] == ids, said
        assert as_bob.get("/sessions/list", {"text": said}).json()["rows"] == []
    shown = as_alice.get("/", {"text": "keeper", "status": "completed"})
    assert [row.session.id for row in shown.context["page"].rows] == ["s_1"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "0",
        "2_2020_s",
        "2_x_s",
        "9_\0_",
        "2_NaN_s",
        "2_2020-01-01_s",
        "2_9999-12-31T23:59:59-23:59_s",
        "2_0001-01-01T00:00:00+23:59_s",
        "2_1E+999999_s",
        "2_1E-999999_s",
    ],
)
def test_a_cursor_that_is_none_leads_to_the_first_page(cursor: str) -> None:
    made(1)
    for sort in ("changed", "cost"):
        query = ListQuery(sort=sort)
        assert (
            SessionListPage.read(AgentSession.objects.all(), query, cursor=cursor)
            is not None
        )


@pytest.mark.django_db
def test_the_list_takes_as_many_queries_for_many_sessions(
    as_root: Client, alice: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(40):
        session = made(number, owner=alice, status=STATUSES[number % 6], head_seq=9)
        Event.objects.create(session=session, seq=1, type="x", ts=1, data="{}")
        Tag.objects.create(session=session, name="x")
        made(100 + number, parent=session, owner=alice, status="waiting")
    with django_assert_max_num_queries(25):
        assert len(as_root.get("/").context["page"].rows) == 40
    with django_assert_max_num_queries(20):
        assert len(as_root.get("/sessions/list").json()["rows"]) == 40


def test_rows_are_for_those_who_may_see_them(
    client: Client, as_alice: Client, as_bob: Client, session: AgentSession
) -> None:
    assert client.get("/sessions/list").status_code == 401
    rows = as_alice.get("/sessions/list").json()["rows"]
    assert [row["session"]["id"] for row in rows] == [session.pk]
    assert as_bob.get("/sessions/list").json() == {"rows": [], "next": ""}


def test_the_family_below_a_session_is_sent_parents_first(
    as_alice: Client, as_bob: Client, alice: User, session: AgentSession
) -> None:
    child = made(1, parent=session, owner=alice)
    made(2, parent=child, owner=alice)
    family = as_alice.get(f"/sessions/{session.pk}/family").json()["sessions"]
    assert [(s["id"], s["root"]) for s in family] == [
        ("s_1", session.pk),
        ("s_2", session.pk),
    ]
    assert as_bob.get(f"/sessions/{session.pk}/family").status_code == 404


@given(st.lists(st.integers(0, 2**53), min_size=2, max_size=PARTS + 1))
def test_activity_is_told_whatever_the_clocks_said(times: list[int]) -> None:
    busy = activity(times)
    assert len(busy) == PARTS
    assert max(busy) == 1
    assert min(busy) >= 0
    assert path(busy).startswith("M0 16L0 ")


@pytest.mark.django_db
def test_a_sparkline_shows_where_most_happened() -> None:
    session = made(1, head_seq=1000)
    for seq in range(1, 1001):
        # All but the last hundred in the first tenth of the time.
        ts = seq if seq < 900 else seq * 10
        Event.objects.create(session=session, seq=seq, type="x", ts=ts, data="{}")
    (row,) = SessionListPage.read(AgentSession.objects.all(), ListQuery()).rows
    tops = [float(point.split()[1]) for point in row.sparkline.split("L")[1:-1]]
    assert tops[0] == min(tops) == 1  # the highest
    assert tops[8] > 12


def test_a_clock_that_was_put_back_is_no_activity() -> None:
    assert activity([100, 200, 1, 300])[-1] > 0


def read_all(client: Client, **query: str) -> list[str]:
    """Read the filtered list to its end, as the page does."""
    ids: list[str] = []
    cursor = ""
    while True:
        page = client.get("/sessions/list", {**query, "after": cursor}).json()
        ids += [row["session"]["id"] for row in page["rows"]]
        cursor = page["next"]
        if not cursor:
            return ids


def index_all() -> None:
    for id_ in unindexed(100):
        while index(id_):
            pass


@pytest.mark.conformance
@pytest.mark.django_db
@pytest.mark.parametrize("step", [1, 2, 100])
def test_a_common_text_leaves_out_no_session_that_has_it(
    settings: Settings, as_alice: Client, alice: User, bob: User, step: int
) -> None:
    settings.LIST_PAGE_ROWS = 2
    settings.SEARCH_LIST_EVENTS = 3  # what is commoner is looked for session by session
    settings.SEARCH_LIST_ROWS = step
    search_table.forget_all()
    expected = []
    for number in range(12):
        root = made(number, owner=bob if number == 7 else alice)
        sayer = root
        if number % 3 == 1:
            sayer = made(100 + number, parent=root, owner=root.owner)
        write_log(sayer, *[text("a common word" if number % 4 else "else")] * 3)
        if number % 4 and number != 7:
            expected.append(root.pk)
    Tag.objects.create(session=AgentSession.objects.get(pk="s_11"), name="keep")
    made(50, owner=alice, title="Of common interest")
    index_all()
    assert read_all(as_alice, text="common", tag="keep") == ["s_11"]
    assert read_all(as_alice, text="common") == [*expected, "s_50"]
    assert read_all(as_alice, text="common word") == expected
    assert read_all(as_alice, text='"word common"') == []


@pytest.mark.django_db
def test_a_page_that_took_long_says_where_the_next_one_begins(
    settings: Settings, as_alice: Client, alice: User
) -> None:
    settings.SEARCH_LIST_EVENTS = 1
    settings.SEARCH_LIST_ROWS = 1
    settings.SEARCH_MAX_S = -1.0
    for number in range(3):
        write_log(made(number, owner=alice), text("said" if number == 2 else "else"))
    index_all()
    first = as_alice.get("/sessions/list", {"text": "said"}).json()
    assert first["rows"] == []
    assert first["next"]
    assert read_all(as_alice, text="said") == ["s_2"]
    page = as_alice.get("/", {"text": "said"}).content.decode()
    assert "No session is like that" not in page
    assert "Not all sessions were searched yet" in page


@pytest.mark.conformance
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("title", "sought"),
    [
        ("Überprüfung", "überprüfung"),
        ("Überprüfung", "UBERPRUFUNG"),
        ("ПРИВЕТ мир", "привет"),
        (unicodedata.normalize("NFD", "Café.txt"), "café"),
        ("Café.txt", unicodedata.normalize("NFD", "CAFÉ")),
        ("ภาษาไทยไม่มีช่องว่าง", "ไทย"),
        ("修复登录页面", "登录"),
        ("getUserByID", "serby"),  # any part of a title
        ("STRASSE", "straße"),
        ("About C++", "c++"),
    ],
)
def test_titles_are_found_in_every_script(
    as_alice: Client, alice: User, title: str, sought: str
) -> None:
    session = made(1, owner=alice, title="before")
    index_all()
    AgentSession.objects.filter(pk=session.pk).update(title=title)
    made(2, owner=alice, prompt=title)
    made(3, owner=alice, prompt="C and other things")
    index_all()
    assert read_all(as_alice, text=sought) == ["s_1", "s_2"]
