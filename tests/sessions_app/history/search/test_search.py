import re
import time

import msgspec
import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from sessions_app.history.search import table as search_table
from sessions_app.history.search.search import KINDS, search
from sessions_app.history.search.searchable import TYPES
from sessions_app.models import AgentSession, Event, SearchIndex, Share
from sessions_app.text.query import SearchQuery
from tests.sessions_app.history.search.searching import found, index_all, shown, write
from tests.sessions_app.text.naive_search import stands

pytestmark = [pytest.mark.conformance, pytest.mark.usefixtures("empty_index")]


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


def test_each_kind_of_event_that_is_found_has_a_word_for_people() -> None:
    assert set(KINDS) == set(TYPES)


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
        search_table.forget_sessions(["s_1"])
        assert left() == 1
        search_table.forget_all()
        assert left() == 0


def test_filters_limit_a_search_to_who_when_where_and_with_what(
    as_alice: Client, alice: User, bob: User, log: AgentSession
) -> None:
    other = AgentSession.objects.create(
        owner=bob, workdir="/srv/other", title="Of Bob", status="failed"
    )
    Share.objects.create(session=other, user=alice)
    write(other, "tool_use", tool="edit_file", input={"path": "src/race.py"})
    AgentSession.objects.filter(pk=log.pk).update(workdir="/srv/own")
    Event.objects.filter(session=log, seq=4).update(ts=int(time.time() * 1000))
    index_all()

    def places(**asked: str) -> list[str]:
        page = as_alice.get("/search/", asked).content.decode()
        return re.findall(r'href="/sessions/([^"]+/#e\d+)"', page)

    def own(*seqs: int) -> list[str]:
        return [f"{log.pk}/#e{seq}" for seq in seqs]

    its = [f"{other.pk}/#e1"]
    assert places(q="race") == [*its, *own(6, 5, 4)]
    assert places(q="race", owner="bob") == its
    assert places(q="race", project="/srv/own") == own(6, 5, 4)
    assert places(q="race", status="failed") == its
    assert places(q="race", within="day") == own(4)
    assert places(q="race", tool="bash") == own(5)  # its call, not its result
    assert places(file="src/race.py") == its  # without words: what is about the file
    assert places(q="race", file="a.py") == own(5)
    page = as_alice.get("/search/", {"q": "race"}).content.decode()
    assert "4 places in 2 sessions" in page
    lately = as_alice.get("/search/").content.decode()
    assert 'href="/search/?q=race&amp;file=a.py"' in lately
    assert lately.index("q=race&amp;file") > lately.index('href="/search/?q=race"')
