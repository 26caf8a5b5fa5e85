from hypothesis import given
from hypothesis import strategies as st

from sessions_app.protocol.encoding.utf16 import utf16_len


@given(st.text())
def test_length_is_that_of_the_browser(text: str) -> None:
    assert utf16_len(text) == len(text.encode("utf-16-le")) // 2


@given(st.text(), st.text())
def test_lengths_of_parts_add_up(one: str, other: str) -> None:
    assert utf16_len(one + other) == utf16_len(one) + utf16_len(other)


def test_a_character_beyond_the_basic_plane_counts_twice() -> None:
    assert utf16_len("\U0001f600") == 2
    assert utf16_len("\uffff") == 1
    assert utf16_len("") == 0
