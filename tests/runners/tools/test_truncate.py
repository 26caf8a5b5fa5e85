from hypothesis import given
from hypothesis import strategies as st

from runners.tools.output.truncate import HeadTail, cut


@given(st.lists(st.text("abc\n", max_size=9)), st.integers(2, 30))
def test_it_keeps_what_a_slice_of_the_whole_would(pieces: list[str], room: int) -> None:
    kept = HeadTail(room)
    for piece in pieces:
        kept.add(piece)
    whole = "".join(pieces)
    if len(whole) <= room:
        assert (kept.text, kept.truncated) == (whole, False)
        return
    head, tail = whole[: room - room // 2], whole[-(room // 2) :]
    left_out = len(whole) - room
    assert kept.truncated
    assert kept.text == f"{head}\n[… {left_out:,} characters left out …]\n{tail}"


def test_a_text_is_cut() -> None:
    assert cut("abcdef", 6) == ("abcdef", False)
    assert cut("abcdefg", 6) == ("abc\n[… 1 characters left out …]\nefg", True)
