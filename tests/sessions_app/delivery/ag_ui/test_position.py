import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions_app.delivery.ag_ui.position import Mark, Position, read_position
from sessions_app.delivery.event_stream.event_id import Place

SEQS = st.integers(0, 10**15)
SESSIONS = st.from_regex(r"[A-Za-z0-9_-]{1,20}", fullmatch=True)
PLACES = st.builds(Place, st.text("0123456789abcdef", min_size=1, max_size=16), SEQS)
MARKS = st.builds(Mark, st.sampled_from("abcghpswz"), SESSIONS, SEQS, SEQS)
POSITIONS = st.builds(
    Position,
    own=PLACES,
    children=st.dictionaries(SESSIONS, PLACES, max_size=3),
    began=st.none() | SEQS,
    marks=st.lists(MARKS, max_size=4).map(tuple),
    skip=st.integers(1, 999),
    skip_of=st.just("") | SESSIONS,
)


@given(POSITIONS)
def test_position_is_read_as_it_was_written(position: Position) -> None:
    assert read_position(position.text()) == position


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    read_position(text)


@pytest.mark.parametrize(
    "text", ["", ";;", "beef.1", "beef.1;", "beef.1;x;", "beef.1;;b.s.1", "beef.1;;;x"]
)
def test_text_that_is_no_position_is_refused(text: str) -> None:
    assert read_position(text) is None
