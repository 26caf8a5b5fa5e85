import pytest

from sessions_app.log.head import read_heads
from tests.sessions_app.logbook import held_session

pytestmark = [pytest.mark.conformance, pytest.mark.usefixtures("transactional_db")]


def test_more_heads_are_read_than_a_query_of_sqlite_may_name() -> None:
    first, last = held_session(id="s_first"), held_session(id="s_last")
    unknown = [f"s_{number}" for number in range(40_000)]
    heads = read_heads([first.id, *unknown, last.id])
    assert [head.session_id for head in heads] == [first.id, last.id]


def test_nobody_asks_for_no_head() -> None:
    assert read_heads([]) == []
