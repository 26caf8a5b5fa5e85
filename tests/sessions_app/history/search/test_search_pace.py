import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from sessions_app.history.search.indexer import index, unindexed
from sessions_app.history.search.scan import SearchScan
from sessions_app.history.search.search import search
from sessions_app.models import AgentSession, SearchIndex
from sessions_app.text.query import SearchQuery
from tests.sessions_app.history.search.searching import found, index_all, write

pytestmark = [pytest.mark.conformance, pytest.mark.usefixtures("empty_index")]


def test_many_sessions_are_searched_as_few_are(
    bob: User, log: AgentSession, settings: LazySettings
) -> None:
    settings.SEARCH_SCOPE_MAX_SESSIONS = 1
    for number in range(3):
        own = AgentSession.objects.create(owner=bob, title=f"{number}", prompt="p")
        write(own, "text", block="m1.0", text=f"race {number}")
    index_all()
    assert len(found(bob, "race")) == 3


def test_index_goes_on_in_small_steps(
    alice: User, session: AgentSession, settings: LazySettings
) -> None:
    settings.SEARCH_STEP_ROWS = 2
    settings.SEARCH_STEP_CHARS = 100
    for size in (1, 90, 1, 1, 1):
        write(session, "text", block="m1.0", text="word " + "x" * size)
    steps = 0
    while index(session.pk):
        steps += 1
    assert steps >= 3
    assert found(alice, "word") == [5, 4, 3, 2, 1]
    assert SearchIndex.objects.get().terms_seq == 5
    assert not index("s_none")


def test_a_search_that_takes_long_says_so_and_goes_on(
    as_alice: Client, alice: User, log: AgentSession, settings: LazySettings
) -> None:
    settings.SEARCH_MAX_S = -1.0
    cut = search(alice, SearchQuery.parse("race"))
    assert cut.is_cut
    assert cut.next is not None
    page = as_alice.get("/search/?q=race").content.decode()
    assert "Look further back" in page
    assert "says that" not in page
    settings.SEARCH_MAX_S = 2.0
    rest = search(alice, SearchQuery.parse("race"), cut.next)
    assert [one.event.seq for one in rest.found] == [6, 5, 4]
    assert not rest.is_cut


def test_nothing_says_that_is_said_only_where_it_is_so(
    as_alice: Client, as_bob: Client, log: AgentSession
) -> None:
    def page(client: Client, text: str) -> str:
        return client.get("/search/", {"q": text}).content.decode()

    assert "says that" in page(as_alice, "zebra")
    assert "says that" not in page(as_alice, "->")
    assert "Write a letter" in page(as_alice, "->")
    write(log, "text", block="m9.0", text="zebra")
    assert "cannot be searched to their end yet" in page(as_alice, "zebra")
    assert "says that" not in page(as_alice, "zebra")
    assert "cannot be searched" not in page(as_bob, "zebra")
    index_all()
    assert "<mark>zebra</mark>" in page(as_alice, "zebra")


def test_a_word_that_is_nowhere_is_not_sought_in_every_entry(
    alice: User, session: AgentSession, settings: LazySettings
) -> None:
    """PostgreSQL's planner takes an unknown word for a frequent one."""
    settings.SEARCH_NEWEST_ENTRIES = 2
    settings.SEARCH_NARROW_SESSIONS = 0
    for _ in range(5):
        write(session, "text", block="m1.0", text="word")
    index_all()
    with CaptureQueriesContext(connection) as asked:
        assert found(alice, "zebra") == []
    if connection.vendor == "postgresql":
        *_, last = [sql["sql"] for sql in asked if "tsquery" in sql["sql"]]
        assert "ORDER BY event_id + 0" in last
        assert "'~14.0'" in last


def test_words_are_found_by_their_beginnings_through_an_index(db: None) -> None:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT sql FROM sqlite_master WHERE name = 'sessions_app_search_terms'"
            )
            assert "prefix = '1 2 3'" in cursor.fetchone()[0]


def test_a_log_that_only_streams_is_passed_over_when_it_has_grown_much(
    session: AgentSession, settings: LazySettings
) -> None:
    settings.DELTAS_PASSED_MIN = 3
    write(session, "user_message", text="a")
    index_all()
    for number in range(2):
        write(session, "text_delta", block="m1.0", offset=number, delta="x")
        assert unindexed(100) == []
    write(session, "text_delta", block="m1.0", offset=2, delta="x")
    assert unindexed(100) == [session.pk]
    index_all()
    assert SearchIndex.objects.get(session=session).terms_seq == session.head_seq


def test_sessions_that_say_something_are_found_by_reading_few_events(
    alice: User, session: AgentSession, settings: LazySettings
) -> None:
    """Of each session one event is read, or as many as are needed to find one."""
    other = AgentSession.objects.create(owner=alice, title="o", prompt="p")
    for number in range(40):
        write(session, "text", block="m1.0", text=f"v1 number {number}")
        write(other, "text", block="m1.0", text="v 1" if number else "v1")
    index_all()

    def saying(text: str) -> set[str] | None:
        return SearchScan(SearchQuery.parse(text), None).sessions()

    with CaptureQueriesContext(connection) as asked:
        assert saying("v1") == {session.pk, other.pk}
    assert len(asked) < 60
    assert saying("v1 39") == {session.pk}
    assert saying("zebra") == set()
    assert saying("->") == set()
    settings.SEARCH_LIST_SESSIONS = 1
    assert saying("v1") is None
    assert saying("v1 39") == {session.pk}
    settings.SEARCH_LIST_SESSIONS = 1000
    settings.SEARCH_LIST_EVENTS = 39
    assert saying("number") is None
