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
from sessions_app.history.search.query import SearchQuery, words_of
from sessions_app.history.search.search import KINDS, SearchResult, search
from sessions_app.history.search.searchable import TYPES
from sessions_app.models import AgentSession, Event, SearchIndex, Share
from sessions_app.people.visitor import Person

pytestmark = pytest.mark.conformance


@pytest.fixture(autouse=True)
def _empty(db: None) -> None:
    search_table.forget_all()


def write(session: AgentSession, type_: str, **fields: Any) -> Event:
    session.head_seq += 1
    session.save(update_fields=["head_seq"])
    data = msgspec.json.encode({"type": type_, "seq": session.head_seq, **fields})
    return Event.objects.create(
        session=session, seq=session.head_seq, type=type_, ts=0, data=data.decode()
    )


def index_all() -> None:
    for session_id in unindexed(100):
        while index(session_id):
            pass
    assert not unindexed(100)


def found(person: Person, text: str) -> list[int]:
    return [one.event.seq for one in search(person, SearchQuery.parse(text))[0]]


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
    (one,), _ = search(alice, SearchQuery.parse("needle"))
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
    assert SearchIndex.objects.get().seq == 5
    assert not index("s_none")


def test_pages_of_finds_continue_each_other(
    alice: User, session: AgentSession, settings: LazySettings
) -> None:
    settings.SEARCH_PAGE_ROWS = 2
    for _ in range(5):
        write(session, "text", block="m1.0", text="word")
    index_all()
    query, seqs = SearchQuery.parse("word"), []
    page, rest = search(alice, query)
    while rest is not None:
        seqs += [one.event.seq for one in page]
        page, rest = search(alice, query, rest)
    assert seqs + [one.event.seq for one in page] == [5, 4, 3, 2, 1]


def test_page_leads_to_the_event(as_alice: Client, log: AgentSession) -> None:
    page = as_alice.get("/search/", {"q": "flaky"}).content.decode()
    assert f'href="/sessions/{log.pk}/#e1"' in page
    assert "<mark>flaky</mark>" in page
    assert "Nothing you may see" in as_alice.get("/search/?q=zebra").content.decode()
    assert as_alice.get("/search/?q=flaky&before=x").status_code == 200
    assert as_alice.get("/search/").status_code == 200


def test_page_is_for_who_is_signed_in(client: Client, log: AgentSession) -> None:
    assert client.get("/search/?q=flaky").status_code == 302


WORDS = st.sampled_from(["ab", "a", "Ab", "b", "c-d", "d_e", "é", "7"])
TEXTS = st.lists(st.lists(WORDS, max_size=4).map(" ".join), max_size=4)


@given(
    texts=TEXTS,
    sought=st.lists(WORDS, min_size=1, max_size=3),
    how=st.sampled_from(["words", "phrase", "begin*"]),
    newest=st.integers(1, 4),
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
) -> None:
    settings.SEARCH_NEWEST_ENTRIES = newest  # beyond, the index is asked
    Event.objects.all().delete()
    SearchIndex.objects.all().delete()
    search_table.forget_all()
    for text in texts:
        write(session, "text", block="m1.0", text=text)
    index_all()
    words = [word.lower() for word in words_of(" ".join(sought))]
    # `c-d` is one phrase of two words
    each = [[word.lower() for word in words_of(one)] for one in sought]
    phrases = [words] if how == "phrase" else each

    def stands(phrase: list[str], said: list[str]) -> bool:
        *before, last = phrase
        if said[: len(before)] != before or len(said) < len(phrase):
            return False
        word = said[len(before)]
        return word.startswith(last) if how == "begin*" else word == last

    def has(text: str) -> bool:
        said = [word.lower() for word in words_of(text)]
        return all(
            any(stands(p, said[at:]) for at in range(len(said))) for p in phrases
        )

    asked = {
        "words": " ".join(sought),
        "phrase": '"' + " ".join(sought) + '"',
        "begin*": " ".join(f"{one}*" for one in sought),
    }[how]
    expected = [
        event.seq
        for event in Event.objects.order_by("-seq")
        if has(msgspec.json.decode(event.data)["text"])
    ]
    assert found(alice, asked) == expected


def test_a_word_that_is_nowhere_is_not_sought_in_every_entry(
    alice: User, session: AgentSession, settings: LazySettings
) -> None:
    """PostgreSQL's planner takes an unknown word for a frequent one."""
    settings.SEARCH_NEWEST_ENTRIES = 2
    for _ in range(5):
        write(session, "text", block="m1.0", text="word")
    index_all()
    with CaptureQueriesContext(connection) as asked:
        assert found(alice, "zebra") == []
    if connection.vendor == "postgresql":
        *_, last = [sql["sql"] for sql in asked if "to_tsquery" in sql["sql"]]
        assert "ORDER BY event_id + 0" in last


def test_words_are_found_by_their_beginnings_through_an_index(db: None) -> None:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT sql FROM sqlite_master WHERE name = 'sessions_app_search'"
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
    assert SearchIndex.objects.get(session=session).seq == session.head_seq
