import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions_app.masking.formats import FORMATS, JSON_FORMATS, STEP_CHARS
from sessions_app.masking.secret_spans import without_secrets, without_secrets_in
from tests.sessions_app.masking.keys import IDS, KEYS, WORDS
from tests.sessions_app.masking.naive import naive_cover

BEFORE = [
    '"',
    " ",
    "\n",
    "=",
    "a\\n",
    "%3D",
    "x\\t",
    "\\u0022",
    "\x1b[0m",
    "\x1b[31;1m",
]
PIECES = st.lists(
    st.sampled_from([p + k for p, k in KEYS] + [p for p, _ in KEYS] + WORDS)
    | st.sampled_from([*BEFORE, "é🎉", "-", "a", "\\", "Bearer", ".", "-----END "]),
    max_size=8,
).map("".join)
GAP_MAX_S = 0.1  # of this process's own work, so that no other process counts
LARGE_S = 2.0  # of work for a million characters: no slow machine misses it


@pytest.mark.parametrize(("prefix", "key"), KEYS, ids=IDS)
@pytest.mark.parametrize("before", BEFORE, ids=repr)
def test_secrets_are_covered_but_for_their_prefix_whatever_stands_before(
    prefix: str, key: str, before: str
) -> None:
    said = without_secrets(f'{before}{prefix}{key}" y')
    assert said == f'{before}{prefix}{"*" * len(key)}" y'


@pytest.mark.parametrize("word", WORDS)
def test_what_is_too_short_or_inside_a_word_is_none(word: str) -> None:
    assert without_secrets(f"{word}!") == f"{word}!"


@given(PIECES)
def test_what_is_covered_is_what_a_naive_reading_covers(text: str) -> None:
    assert without_secrets(text) == naive_cover(text)


@given(text=PIECES, step=st.integers(1, 40))
def test_secrets_are_found_in_the_same_places_in_whatever_steps(
    text: str, step: int
) -> None:
    for each in (*FORMATS, *JSON_FORMATS):
        assert [*each.runs(text, step=step)] == [*each.runs(text)]


@pytest.mark.parametrize(("prefix", "key"), KEYS, ids=IDS)
def test_a_secret_is_covered_wherever_in_a_large_text(prefix: str, key: str) -> None:
    for left in range(len(prefix) + 1):  # of it, before the next step begins
        text = "x" * (STEP_CHARS - left - 1) + " "
        assert without_secrets(f"{text}{prefix}{key}") == f"{text}{prefix}" + "*" * len(
            key
        )


def test_the_end_of_a_private_key_is_covered_without_its_beginning() -> None:
    end = "-----END RSA " + "PRIVATE KEY-----"
    text = f"the last lines:\nAbC+/\nAAAAbbbb\n{end}\n"
    assert without_secrets(text) == f"the last lines:\n{'*' * 15}{end}\n"


@pytest.mark.parametrize(("prefix", "key"), KEYS, ids=IDS)
def test_the_pieces_of_a_secret_that_a_cut_has_left_are_covered(
    prefix: str, key: str
) -> None:
    for left in range(1, len(key) - 8):
        cut = f"\n[… {left:,} characters left out …]\n"
        end = key[left:].split()[0]
        said = without_secrets(
            f"a {prefix}{key[:left]}{cut}{end} b {prefix}{key[:left]}…"
        )
        words = [
            word
            for word in f"{key[:left]} {end}".split()
            if len(word) >= 8 and not {*":,"} & {*word}
        ]
        assert not [word for word in words if word in said]
        assert said.count("*") >= 2 * left


def test_bytes_that_are_cut_are_masked_too() -> None:
    prefix, key = KEYS[0]
    data = f"é{prefix}{key} é".encode()[1:-1]
    covered = f"é{prefix}{'*' * len(key)} é".encode()[1:-1]
    assert without_secrets_in(data) == covered


@pytest.mark.parametrize(
    "piece", ["eyJ", "AKIA", "sk-", "Bearer ", "x", "a1 ", "-----"]
)
def test_large_texts_take_no_time_to_speak_of(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    began = time.process_time()
    without_secrets(text)
    assert time.process_time() - began < LARGE_S


BODIES = st.lists(
    st.sampled_from(["a", "A1", "-", "-----END ", "\\", "\\/", "\\u", ".", "\n", "!"]),
    max_size=60,
).map("".join)


@given(body=BODIES, step=st.integers(20, 40))
def test_a_body_ends_in_the_same_place_in_whatever_steps(body: str, step: int) -> None:
    for each in (*FORMATS, *JSON_FORMATS):
        found = each.body.match(body)
        assert each.run_end(body, 0, step) == (found.end() if found else 0)


@pytest.mark.parametrize(
    "text",
    [
        "y\n" * 4_000_000,
        "-" * 8_000_000,
        "eyJ" + "a" * 8_000_000,
        "-----BEGIN PRIVATE KEY-----" + "abcd \n" * 1_300_000,
        '{"key": "value one two", "token": 12345},' * 200_000,
        "gh xox- Éß9 " * 650_000,
    ],
    ids=["lines", "dashes", "a token", "a private key", "JSON", "hints"],
)
def test_a_large_text_leaves_other_threads_their_turns(text: str) -> None:
    """Masking 8 MB of any text never holds the interpreter for long."""
    gaps: list[float] = []
    ended = threading.Event()

    def tick() -> None:
        before = time.process_time()
        while not ended.wait(0.001):
            gaps.append(time.process_time() - before)
            before = time.process_time()

    data = text.encode()
    ticking = threading.Thread(target=tick)
    ticking.start()
    without_secrets_in(data)
    ended.set()
    ticking.join()
    assert max(gaps) < GAP_MAX_S
