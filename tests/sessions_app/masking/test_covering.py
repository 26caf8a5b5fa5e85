import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runners.tools.output.truncate import cut
from sessions_app.masking.covering import PIECE_MIN_CHARS, Covering
from sessions_app.protocol.encoding.utf16 import utf16_len

TEXTS = st.text(st.sampled_from('ab"\\/é🎉\n\tü1'), min_size=1, max_size=6)
AROUND = st.text(st.sampled_from("xyz ."), max_size=5)


@given(TEXTS, AROUND, AROUND, st.booleans(), st.integers(0, 3))
def test_a_text_is_covered_however_deep_json_spells_it(
    text: str, before: str, after: str, is_ascii: bool, depth: int
) -> None:
    said = f"{before}{text}{after}"
    for _ in range(depth):
        said = json.dumps(said, ensure_ascii=is_ascii)
    covered = Covering(text)(said)
    assert utf16_len(covered) == utf16_len(said)
    for _ in range(depth):
        covered = json.loads(covered)
    assert text not in covered
    assert covered.startswith(before)
    assert covered.endswith(after)


def test_slashes_that_are_escaped_are_the_same() -> None:
    assert Covering("a/b")(r'{"path":"a\/b"}') == '{"path":"****"}'


@pytest.mark.parametrize("at", range(12))
def test_pieces_beside_a_cut_are_covered(at: int) -> None:
    word = "ELEPHANTINE"
    text = "x" * (50 - at) + word + "y" * 200 + word + "z" * (50 - at)
    shown, was_cut = cut(text, 100)
    assert was_cut
    covered = Covering(word)(shown)
    for length in range(PIECE_MIN_CHARS, len(word)):
        assert word[:length] + "\n" not in covered
        assert "\n" + word[-length:] not in covered
    assert Covering(word)(f"it begins: {word[:at]}…").count(word[:3]) == 0


def test_numbers_become_stars() -> None:
    cover = Covering("4711")
    assert cover.value({"pin": 471147, "n": [1.54711, True, 47]}) == {
        "pin": "****47",
        "n": ["1.5****", True, 47],
    }
