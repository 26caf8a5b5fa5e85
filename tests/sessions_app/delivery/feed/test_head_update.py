import pytest
from django.conf import LazySettings

from sessions_app.delivery.feed.head_update import read_head_update
from sessions_app.models import AgentSession, Event
from tests.sessions_app.logbook import held_session

pytestmark = [pytest.mark.conformance, pytest.mark.usefixtures("transactional_db")]


def session_with(name: str, events: int) -> AgentSession:
    session = held_session(id=f"s_{name}", head_seq=events)
    Event.objects.bulk_create(
        Event(session=session, seq=seq, type="x", ts=0, data=f"{seq}")
        for seq in range(1, events + 1)
    )
    return session


def test_news_is_what_came_after_what_is_known() -> None:
    for name, events in (("grown", 5), ("same", 3), ("shorter", 1)):
        session_with(name, events)
    known = {"s_grown": 2, "s_same": 3, "s_shorter": 4, "s_gone": 1}
    found = {news.head.session_id: news for news in read_head_update(known)}
    assert {id_: news.head.seq for id_, news in found.items()} == {
        "s_grown": 5,
        "s_same": 3,
        "s_shorter": 1,
    }
    page = found["s_grown"].page
    assert page is not None
    assert (page.batch.after, page.batch.up_to, page.batch.body) == (2, 5, "3,4,5")
    assert found["s_same"].page is found["s_shorter"].page is None


def test_pages_read_at_once_are_bounded_and_no_head_is_left_out(
    settings: LazySettings,
) -> None:
    settings.NEWS_MAX_PAGES = 2
    for number in range(5):
        session_with(f"{number}", 1)
    found = read_head_update({f"s_{number}": 0 for number in range(5)})
    assert len(found) == 5
    assert sum(news.page is not None for news in found) == 2
