import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions_app.masking.formats import JSON_FORMATS
from sessions_app.masking.secret_spans import without_secrets
from sessions_app.masking.stream import HOLD_MAX_CHARS, StreamMask
from tests.sessions_app.masking.keys import IDS, KEYS
from tests.sessions_app.masking.test_secret_spans import BEFORE, PIECES

SURROUNDED = [f'{before}{{}}" and more' for before in BEFORE]


def streamed(text: str, cuts: list[int], mask: StreamMask | None = None) -> str:
    mask = mask or StreamMask()
    at = [0, *sorted(cut for cut in cuts if 0 < cut < len(text)), len(text)]
    return "".join(mask.feed(text[start:end]) for start, end in pairwise(at))


@pytest.mark.parametrize(("prefix", "key"), KEYS, ids=IDS)
def test_a_secret_that_comes_character_by_character_is_covered(
    prefix: str, key: str
) -> None:
    for before in BEFORE:
        text = f'{before}{prefix}{key}" and more'
        shown = streamed(text, [*range(len(text))])
        assert shown == without_secrets(text)


@pytest.mark.parametrize(("prefix", "key"), KEYS, ids=IDS)
def test_a_secret_cut_at_any_byte_is_covered(prefix: str, key: str) -> None:
    text = f"a\n{prefix}{key} b"
    for cut in range(len(text) + 1):
        mask = StreamMask()
        before = mask.feed(text[:cut])
        assert without_secrets(text).startswith(before)
        assert before + mask.feed(text[cut:]) == without_secrets(text)


@given(PIECES, st.lists(st.integers(0, 400), max_size=12))
def test_what_is_shown_is_what_the_final_will_say(text: str, cuts: list[int]) -> None:
    shown = streamed(text, cuts)
    final = without_secrets(text)
    assert len(final) - len(shown) <= HOLD_MAX_CHARS
    for live, last in zip(shown, final, strict=False):
        # A private key's end may be covered although it is none of the secret.
        assert live == last or live in {"*", "-"}


@given(PIECES, st.lists(st.integers(0, 400), max_size=12))
def test_no_covered_character_was_shown_before(text: str, cuts: list[int]) -> None:
    shown = streamed(text, cuts)
    for raw, live, last in zip(text, shown, without_secrets(text), strict=False):
        assert last == raw or live == "*" or "PRIVATE" in text


@pytest.mark.parametrize(("prefix", "key"), KEYS, ids=IDS)
@pytest.mark.parametrize("before", ["", "line\n", "tab\t", "é", 'quote"', "back\\"])
def test_a_secret_in_json_that_comes_in_is_covered(
    prefix: str, key: str, before: str
) -> None:
    raw = json.dumps({"command": f"{before}{prefix}{key} after"})
    words = [word for word in key.split() if len(word) > 8]
    for step in (1, 2, 3, 7):
        shown = streamed(raw, [*range(0, len(raw), step)], StreamMask(JSON_FORMATS))
        assert len(shown) == len(raw)
        assert not [word for word in words if word in shown]
        assert prefix.strip() in shown


def test_a_long_word_that_cannot_be_judged_is_shown_covered() -> None:
    mask = StreamMask()
    shown = mask.feed("ey" + "J" + "a" * 2 * HOLD_MAX_CHARS)
    assert set(shown.removeprefix("eyJ")) == {"*"}
    assert not mask.held


def test_words_are_not_held_back_once_they_have_ended() -> None:
    mask = StreamMask()
    assert mask.feed("the sk-lea") == "the sk-"
    assert mask.held == "lea"
    assert mask.feed("rn ") == "learn "
