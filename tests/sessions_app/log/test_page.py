import json

import pytest
from django.conf import LazySettings
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from sessions_app.log.page import Page, read_before, read_page, tail_cursor
from sessions_app.models import AgentSession, Event
from tests.sessions_app.logbook import held_session

pytestmark = [pytest.mark.conformance, pytest.mark.usefixtures("transactional_db")]
Stored = list[tuple[int, str]]


@pytest.fixture
def session(transactional_db: None) -> AgentSession:
    return held_session(id="s_pages")


def write(
    session: AgentSession, rows: Stored, types: dict[int, str] | None = None
) -> None:
    Event.objects.filter(session=session).delete()
    Event.objects.bulk_create(
        Event(session=session, seq=seq, type=(types or {}).get(seq, "x"), ts=0, data=d)
        for seq, d in rows
    )


def data_of(size: int) -> str:
    """An event's JSON of that many characters."""
    return json.dumps("\u4e2d" * (size - 2), ensure_ascii=False)


def naive_page(
    rows: Stored, after: int, most: int, size: int
) -> tuple[list[int], bool]:
    """What a page holds, one event after the other."""
    page: Stored = []
    ahead = [(seq, data) for seq, data in rows if seq > after]
    for seq, data in ahead:
        together = sum(len(d) + 1 for _, d in page) + len(data) + 1
        if len(page) == most or (page and together > size):
            return [seq for seq, _ in page], False
        page.append((seq, data))
    return [seq for seq, _ in page], True


def check(page: Page, rows: Stored, after: int, seqs: list[int]) -> None:
    batch = page.batch
    assert (batch.after, batch.count) == (after, len(seqs))
    assert batch.up_to == (seqs[-1] if seqs else after)
    assert batch.body == ",".join(data for seq, data in rows if seq in seqs)


logs = st.lists(
    st.tuples(st.integers(1, 3), st.integers(2, 12)), max_size=12
)  # steps of seq (the sweep leaves gaps), sizes


def rows_of(log: list[tuple[int, int]]) -> Stored:
    seq, rows = 0, []
    for step, size in log:
        seq += step
        rows.append((seq, data_of(size)))
    return rows


@examples(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(log=logs, most=st.integers(1, 6), size=st.integers(1, 40))
def test_a_page_is_what_reading_one_by_one_gives(
    session: AgentSession,
    settings: LazySettings,
    log: list[tuple[int, int]],
    most: int,
    size: int,
) -> None:
    settings.PAGE_MAX_ROWS, settings.PAGE_MAX_CHARS = most, size
    rows = rows_of(log)
    write(session, rows)
    last = rows[-1][0] if rows else 0
    for after in range(last + 2):
        seqs, at_end = naive_page(rows, after, most, size)
        page = read_page(session.id, after)
        check(page, rows, after, seqs)
        assert page.at_end == at_end
        assert len(page.batch.body or "") <= max(size, 12)


@examples(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(log=logs, most=st.integers(1, 6), size=st.integers(1, 40))
def test_pages_one_after_the_other_are_the_log_once(
    session: AgentSession,
    settings: LazySettings,
    log: list[tuple[int, int]],
    most: int,
    size: int,
) -> None:
    settings.PAGE_MAX_ROWS, settings.PAGE_MAX_CHARS = most, size
    rows = rows_of(log)
    write(session, rows)
    cursor, read = 0, []
    while True:
        page = read_page(session.id, cursor)
        read += [page.batch.body] if page.batch.count else []
        cursor = page.batch.up_to
        if page.at_end:
            break
    assert ",".join(body or "" for body in read) == ",".join(data for _, data in rows)

    before, back = cursor + 1, []
    while True:
        page = read_before(session.id, before, most)
        back += [page.batch.body] if page.batch.count else []
        before = page.batch.after + 1
        if page.at_end:
            break
    assert ",".join(b or "" for b in back[::-1]) == ",".join(data for _, data in rows)


@examples(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(log=logs, limit=st.integers(1, 6), size=st.integers(1, 40))
def test_a_page_before_is_a_page_of_the_log_backwards(
    session: AgentSession,
    settings: LazySettings,
    log: list[tuple[int, int]],
    limit: int,
    size: int,
) -> None:
    settings.PAGE_MAX_CHARS = size
    rows = rows_of(log)
    write(session, rows)
    last = rows[-1][0] if rows else 0
    for before in range(last + 3):
        backwards = [(-seq, data) for seq, data in reversed(rows)]
        seqs, at_start = naive_page(backwards, -before, limit, size)
        page = read_before(session.id, before, limit)
        seqs = [-seq for seq in reversed(seqs)]
        assert page.at_end == at_start
        assert page.batch.count == len(seqs)
        if seqs:
            check(page, rows, page.batch.after, seqs)
        assert page.batch.after == (0 if at_start else seqs[0] - 1)


def test_pages_of_one_session_hold_nothing_of_another(session: AgentSession) -> None:
    other = held_session(id="s_other")
    write(session, [(1, "1"), (2, "2")])
    write(other, [(1, "3"), (2, "4")])
    assert read_page(session.id, 0).batch.body == "1,2"
    assert read_before(other.id, 9, 9).batch.body == "3,4"


def test_an_empty_log_is_an_empty_page_at_its_end(session: AgentSession) -> None:
    page = read_page(session.id, 0)
    assert (page.at_end, page.batch.up_to, page.batch.count) == (True, 0, 0)
    page = read_before(session.id, 1, 10)
    assert (page.at_end, page.batch.after, page.batch.up_to) == (True, 0, 0)


def test_a_page_before_is_never_larger_than_a_page(
    session: AgentSession, settings: LazySettings
) -> None:
    settings.PAGE_MAX_ROWS = 3
    write(session, [(seq, "1") for seq in range(1, 9)])
    assert read_before(session.id, 9, 100).batch.count == 3


# --- where to begin so as to show a tail --------------------------------------


def naive_tail(rows: Stored, types: dict[int, str], tail: int) -> int:
    """The turn_start at or before the event that `tail` others follow."""
    if tail >= len(rows):
        return 0
    oldest = rows[len(rows) - 1 - tail][0]
    starts = [seq for seq, _ in rows if seq <= oldest and types[seq] == "turn_start"]
    return starts[-1] - 1 if starts else 0


@examples(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.integers(1, 3), st.booleans()), max_size=10))
def test_a_tail_begins_with_a_turn(
    session: AgentSession, steps: list[tuple[int, bool]]
) -> None:
    seq, rows, types = 0, [], {}
    for step, is_start in steps:
        seq += step
        rows.append((seq, "1"))
        types[seq] = "turn_start" if is_start else "text"
    write(session, rows, types)
    for tail in range(len(rows) + 2):
        cursor = tail_cursor(session.id, tail)
        assert cursor == naive_tail(rows, types, tail)
        shown = [seq for seq, _ in rows if seq > cursor]
        assert len(shown) >= min(tail, len(rows))


def test_a_tail_of_an_empty_log_begins_at_its_beginning(session: AgentSession) -> None:
    assert tail_cursor(session.id, 0) == 0
    assert tail_cursor(session.id, 100) == 0
