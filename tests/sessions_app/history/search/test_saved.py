"""Searches that a person keeps, and how much is found in all."""

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.test import Client

from sessions_app.history.search.search import count_matches
from sessions_app.models import AgentSession, SavedSearch
from sessions_app.text.query import SearchQuery
from tests.sessions_app.history.search.searching import found, index_all, write

pytestmark = pytest.mark.usefixtures("empty_index")


def test_search_is_kept_listed_and_forgotten(
    alice: User, as_alice: Client, as_bob: Client, log: AgentSession
) -> None:
    asked = {"status": "running", "q": "race"}
    assert "Save this search" in as_alice.get("/search/", asked).content.decode()
    for _ in range(2):  # the second time it is the same
        answer = as_alice.post("/search/saved", asked)
        assert answer.headers["Location"] == "/search/?q=race&status=running"
    (kept,) = SavedSearch.objects.all()
    assert (kept.user, kept.name) == (alice, "race · running")
    page = as_alice.get("/search/", asked).content.decode()
    assert 'href="/search/?q=race&amp;status=running" aria-current="page"' in page
    assert "Forget this search" in page
    assert "race · running" in as_alice.get("/search/").content.decode()
    assert "race · running" not in as_bob.get("/search/").content.decode()
    as_bob.post("/search/saved", {**asked, "forget": "yes"})
    assert SavedSearch.objects.exists()
    as_alice.post("/search/saved", {**asked, "forget": "yes"})
    assert not SavedSearch.objects.exists()


def test_nothing_and_secrets_are_not_kept(as_alice: Client) -> None:
    as_alice.post("/search/saved", {"q": " ", "other": "x"})
    assert not SavedSearch.objects.exists()
    key = "sk-ant-api03-" + "x" * 93 + "AA"
    as_alice.post("/search/saved", {"q": key, "name": f"with {key}\0"})
    (kept,) = SavedSearch.objects.all()
    assert key not in kept.query + kept.name


def test_oldest_makes_room(as_alice: Client, settings: LazySettings) -> None:
    settings.SAVED_SEARCHES_MAX = 3
    for number in range(5):
        as_alice.post("/search/saved", {"q": f"word{number}"})
    names = sorted(SavedSearch.objects.values_list("name", flat=True))
    assert names == ["word2", "word3", "word4"]


def test_count_is_of_all_that_is_found(
    alice: User, session: AgentSession, settings: LazySettings
) -> None:
    settings.SEARCH_PAGE_ROWS = 100
    settings.SEARCH_COUNT_MAX_S = 60
    for number in range(30):
        write(session, "text", block=f"m{number}", text="needle" if number % 2 else "x")
    index_all()
    query = SearchQuery.parse("needle")
    count = count_matches(alice, query)
    assert (count.places, count.sessions) == (len(found(alice, "needle")), 1)
    assert count.text == "15 places in 1 session"
    settings.SEARCH_COUNT_MAX = 10
    assert count_matches(alice, query).text == "10+ places in 1+ sessions"


def test_page_says_how_much_there_is_beyond_it(
    as_alice: Client, session: AgentSession, settings: LazySettings
) -> None:
    settings.SEARCH_PAGE_ROWS = 4
    settings.SEARCH_COUNT_MAX_S = 60
    for number in range(9):
        write(session, "text", block=f"m{number}", text="needle")
    index_all()
    page = as_alice.get("/search/", {"q": "needle"}).content.decode()
    assert "9 places in 1 session; the newest 4" in page
    settings.SEARCH_COUNT_MAX_S = 0  # no time at all
    page = as_alice.get("/search/", {"q": "needle"}).content.decode()
    assert "0+ places" not in page
