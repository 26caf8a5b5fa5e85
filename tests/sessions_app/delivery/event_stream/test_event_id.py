import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions_app.delivery.event_stream.event_id import (
    Place,
    child_suffix,
    read_event_id,
)

PLACES = st.builds(
    Place, st.text("0123456789abcdef", min_size=1, max_size=16), st.integers(0, 10**15)
)
SESSIONS = st.from_regex(r"[A-Za-z0-9_-]{1,20}", fullmatch=True)


@given(PLACES, st.dictionaries(SESSIONS, PLACES, max_size=5))
def test_id_is_read_as_it_was_written(own: Place, children: dict[str, Place]) -> None:
    text = f"{own.epoch}.{own.seq}{child_suffix(children)}"
    assert read_event_id(text) == (own, children)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    read_event_id(text)


@pytest.mark.parametrize(
    "text", ["", "x", "1", "beef", "beef.", "beef.x", "beef.1,", "beef.1,s.1"]
)
def test_text_that_is_no_id_is_refused(text: str) -> None:
    assert read_event_id(text) is None
