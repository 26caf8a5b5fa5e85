from hypothesis import given
from hypothesis import strategies as st

from runners.simulator.script.pieces import filled, pieces

WORDS = "The quick brown fox.\n\n  Jumps over:\n\ta lazy 🦊."


@given(st.text())
def test_pieces_joined_are_the_text(text: str) -> None:
    assert "".join(pieces(text)) == text


@given(st.text())
def test_a_piece_is_four_characters_after_its_white_space(text: str) -> None:
    assert all(piece and len(piece.strip()) <= 4 for piece in pieces(text))


@given(st.text())
def test_no_piece_ends_inside_a_surrogate_pair(text: str) -> None:
    pairs = "".join(
        piece.encode("utf-16-le").decode("utf-16-le") for piece in pieces(text)
    )
    assert pairs == text


@given(st.integers(1, 500), st.text(min_size=1).filter(str.strip))
def test_a_filled_text_has_exactly_so_many_pieces(tokens: int, text: str) -> None:
    assert len(pieces(filled(text, tokens))) == tokens


def test_a_filled_text_repeats_the_text() -> None:
    assert filled(WORDS, 100).startswith(WORDS + WORDS)
