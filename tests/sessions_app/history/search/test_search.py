from typing import Any

import msgspec
import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from sessions_app.history.search import table as search_table
from sessions_app.history.search.indexer import index, unindexed
from sessions_app.history.search.scan import SearchScan
from sessions_app.history.search.search import KINDS, SearchResult, search
from sessions_app.history.search.searchable import TYPES
from sessions_app.models import AgentSession, Event, SearchIndex, Share
from sessions_app.people.visitor import Person
from sessions_app.text.query import SearchQuery
from tests.sessions_app.text.naive_search import stands

pytestmark = pytest.mark.conformance


@pytest.fixture(autouse=True)
def _empty(db: None) -> None:
    search_table.forget_all()


def write(session: AgentSession, type_: str, **fields: Any) -> Event:
    session.head_seq += 1
    session.save(update_fields=["head_seq"])
    id_ = fields.pop("id", None)
    data = msgspec.json.encode({"type": type_, "seq": session.head_seq, **fields})
    return Event.objects.create(
        id=id_,
        session=session,
        seq=session.head_seq,
        type=type_,
        ts=0,
        data=data.decode(),
    )


def index_all() -> None:
    for session_id in unindexed(100):
        while index(session_id):
            pass
    assert not unindexed(100)


def found(person: Person, text: str) -> list[int]:
    return [one.event.seq for one in search(person, SearchQuery.parse(text)).found]


def shown(one: SearchResult) -> str:
    return "".join(f"[{p}]" if n % 2 else p for n, p in enumerate(one.parts))


@pytest.fixture
def log(session: AgentSession) -> AgentSession:
    write(session, "user_message", text="Fix the flaky test in billing_report")
    write(session, "text_delta", block="m1.0", offset=0, delta="Looking at it")
    write(session, "text", block="m1.0", text="Looking at the Invoice totals, café")
    write(session, "thinking", block="m1.1", text="perhaps a race")
    write(session, "tool_use", tool="bash", input={"command": "grep -rn race src/a.py"})
    write(session, "tool_result", tool="bash", output="src/a.py:12: no race here")
    write(session, "error", code="rate_limited", message="try again")
    index_all()
    return session


@pytest.mark.parametrize(
    ("text", "seqs"),
    [
        ("flaky", [1]),
        ("FLAKY", [1]),
        ("looking", [3]),  # deltas are not searched
        ("race", [6, 5, 4]),
        ("race bash", [5]),
        ('"no race"', [6]),
        ('"race no"', []),
        ("inv", []),
        ("inv*", [3]),
        ("billing", [1]),
        ("billing_report", [1]),
        ("src/a.py", [6, 5]),
        ("rate_limited", [7]),
        ("cafe", [3]),
        ("12", [6]),
        ('"unclosed phrase', []),
        ("text : race) OR (", []),
        ("race AND NOT", []),
        ('"', []),
        ("***", []),
        ("a" * 500, []),
    ],
)
def test_events_are_found_by_what_they_say(
    alice: User, log: AgentSession, text: str, seqs: list[int]
) -> None:
    assert found(alice, text) == seqs


def test_snippet_shows_what_was_found(alice: User, log: AgentSession) -> None:
    write(
        log, "text", block="m2.0", text="x " * 200 + "the needle, a Needle" + " y" * 200
    )
    index_all()
    (one,) = search(alice, SearchQuery.parse("needle")).found
    text = shown(one)
    assert "the [needle], a [Needle] y" in text
    assert text.startswith("…")
    assert text.endswith("…")
    assert len(text) < 250


def test_only_what_one_may_see_is_found(
    alice: User, bob: User, root: User, log: AgentSession
) -> None:
    assert found(bob, "race") == []
    assert found(root, "race") == [6, 5, 4]
    child = AgentSession.objects.create(parent=log, owner=alice, title="c", prompt="p")
    write(child, "text", block="m1.0", text="race in the child")
    index_all()
    Share.objects.create(session=child, user=bob)
    assert found(bob, "race") == [1]
    assert found(alice, "race") == [1, 6, 5, 4]


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


def test_pages_of_finds_continue_each_other(
    alice: User, session: AgentSession, settings: LazySettings
) -> None:
    settings.SEARCH_PAGE_ROWS = 2
    for _ in range(5):
        write(session, "text", block="m1.0", text="word")
    index_all()
    query, seqs = SearchQuery.parse("word"), []
    page = search(alice, query)
    while page.next is not None:
        seqs += [one.event.seq for one in page.found]
        page = search(alice, query, page.next)
    assert seqs + [one.event.seq for one in page.found] == [5, 4, 3, 2, 1]


def test_page_leads_to_the_event(as_alice: Client, log: AgentSession) -> None:
    page = as_alice.get("/search/", {"q": "flaky"}).content.decode()
    assert f'href="/sessions/{log.pk}/#e1"' in page
    assert "<mark>flaky</mark>" in page
    assert (
        "that you may see says that"
        in as_alice.get("/search/?q=zebra").content.decode()
    )
    assert as_alice.get("/search/?q=flaky&before=x").status_code == 200
    assert as_alice.get("/search/").status_code == 200


def test_page_is_for_who_is_signed_in(client: Client, log: AgentSession) -> None:
    assert client.get("/search/?q=flaky").status_code == 302


WORDS = st.sampled_from(
    [
        "ab",
        "a",
        "Ab",
        "b",
        "c-d",
        "d_e",
        "é",
        "7",
        "getUserID",
        "user",
        "v1.2",
        "登录页",
    ]
)
TEXTS = st.lists(st.lists(WORDS, max_size=4).map(" ".join), max_size=4)
SOUGHT = WORDS | st.sampled_from(["get", "getUser", "userid", "1.2", "2", "录", "录页"])


@given(
    texts=TEXTS,
    sought=st.lists(SOUGHT, min_size=1, max_size=3),
    how=st.sampled_from(["words", "phrase", "begin*"]),
    newest=st.integers(1, 4),
    gap=st.sampled_from([1, 2**13, 2**18]),
    is_narrow=st.booleans(),
    scope=st.sampled_from([0, 200]),
)
@hypothesis(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_finds_are_what_plain_looking_finds(
    alice: User,
    session: AgentSession,
    settings: LazySettings,
    texts: list[str],
    sought: list[str],
    how: str,
    newest: int,
    gap: int,
    is_narrow: bool,
    scope: int,
) -> None:
    settings.SEARCH_NEWEST_ENTRIES = newest  # beyond, the index is asked
    settings.SEARCH_NARROW_SESSIONS = 20 if is_narrow else 0
    settings.SEARCH_SCOPE_MAX_SESSIONS = scope
    Event.objects.all().delete()
    SearchIndex.objects.all().delete()
    search_table.forget_all()
    for number, text in enumerate(texts):
        write(session, "text", id=1 + number * gap, block="m1.0", text=text)
    index_all()
    phrases = [" ".join(sought)] if how == "phrase" else sought
    asked = {
        "words": " ".join(sought),
        "phrase": '"' + " ".join(sought) + '"',
        "begin*": " ".join(f"{one}*" for one in sought),
    }[how]
    expected = [
        event.seq
        for event in Event.objects.order_by("-seq")
        if all(
            stands(phrase, msgspec.json.decode(event.data)["text"], how == "begin*")
            for phrase in phrases
        )
    ]
    assert found(alice, asked) == expected


@pytest.mark.parametrize("newest", [1, 1000])
@pytest.mark.parametrize(
    ("text", "sought"),
    [
        ("word " * 300 + "the needle in here", '"needle in"'),
        ("a b " * 10_000 + "the needle in here", '"needle in"'),
        ("x" * 5000, "x" * 150 + "*"),
        ("登录" * 20_000 + "页面", "录页面"),
        ("y" * 70_000 + " beyond", "beyond"),
    ],
)
def test_long_events_are_searched_to_their_end(
    alice: User,
    session: AgentSession,
    settings: LazySettings,
    text: str,
    sought: str,
    newest: int,
) -> None:
    settings.SEARCH_NEWEST_ENTRIES = newest
    write(session, "text", block="m1.0", text=text)
    write(session, "text", block="m2.0", text="another one")
    index_all()
    assert found(alice, sought) == [1]


def test_numbers_are_found_as_they_were_written(
    alice: User, session: AgentSession
) -> None:
    data = '{"type":"tool_use","tool":"t","input":{"id":9007199254740993,"to":1.50}}'
    Event.objects.create(session=session, seq=1, type="tool_use", ts=0, data=data)
    AgentSession.objects.update(head_seq=1)
    index_all()
    assert found(alice, "9007199254740993") == [1]
    assert found(alice, "1.50") == [1]


def test_the_bytes_of_an_image_are_not_searched(
    alice: User, session: AgentSession
) -> None:
    image = {"type": "base64", "media_type": "image/png", "data": "iVBORw abcd"}
    parts = [{"type": "text", "text": "a shot"}, {"type": "image", "source": image}]
    write(session, "tool_result", tool="shot", output=parts)
    index_all()
    assert found(alice, "shot") == [1]
    assert found(alice, "abcd") == []


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


def test_each_kind_of_event_that_is_found_has_a_word_for_people() -> None:
    assert set(KINDS) == set(TYPES)


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


def test_what_is_redacted_or_deleted_is_forgotten_by_the_former_index_too(
    session: AgentSession,
) -> None:
    is_sqlite = connection.vendor == "sqlite"
    former = "USING fts5 (session, text)" if is_sqlite else ""
    columns = "" if is_sqlite else "(event_id bigint, session_id text)"
    kind = "VIRTUAL TABLE" if is_sqlite else "TABLE"
    row = "(rowid, session)" if is_sqlite else "(event_id, session_id)"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE {kind} sessions_app_search {former}{columns}")
        for number in (1, 2, 3):
            name = "s1" if is_sqlite else "s_1"
            values = [number, name if number > 1 else "other"]
            cursor.execute(
                f"INSERT INTO sessions_app_search {row} VALUES (%s, %s)",  # noqa: S608
                values,
            )

        def left() -> int:
            cursor.execute("SELECT COUNT(*) FROM sessions_app_search")
            return int(cursor.fetchone()[0])

        search_table.forget_events([3])
        assert left() == 2
        search_table.forget_session("s_1")
        assert left() == 1
        search_table.forget_all()
        assert left() == 0
