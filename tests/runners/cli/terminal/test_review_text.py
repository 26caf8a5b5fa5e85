import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runners.cli.terminal.review_text import SHOWN_CHARS, edit_lines, review_lines


def test_a_run_of_blank_lines_is_counted_and_what_follows_is_shown() -> None:
    lines = review_lines("command", "echo hello\n" + "\n" * 300 + "rm -rf /")
    assert lines == ["echo hello", "⟨300 blank lines⟩", "rm -rf /"]


def test_a_run_of_blanks_in_a_line_is_counted() -> None:
    assert review_lines("command", f"echo{' ' * 400}; rm x") == [
        "echo⟨400 spaces⟩; rm x"
    ]


def test_a_long_text_shows_its_beginning_and_its_end() -> None:
    text = "first\n" + "x" * (SHOWN_CHARS + 1_000) + "\nlast"
    lines = review_lines("content", text)
    assert lines[0] == "first"
    assert lines[-1] == "last"
    assert any(line.startswith("NOT SHOWN: 1,011 characters") for line in lines)


@pytest.mark.parametrize(
    ("old", "new", "before", "after"),
    [
        ("last\n", "last", ["last"], ["last", "⟨no newline at the end⟩"]),
        ("a\r\nb\r\n", "a\nb\n", ["a⟨U+000D⟩", "b⟨U+000D⟩"], ["a", "b"]),
        ("a\r\nb\r\n", "a\r\nc\r\n", ["a", "b"], ["a", "c"]),
        ("a b\n", "a\u00a0b\n", ["a b"], ["a⟨U+00A0⟩b"]),
        ("x = 1\n", "x = 1   \n", ["x = 1"], ["x = 1⟨3 spaces⟩"]),
        ("a\n", "a\n\n", ["a"], ["a", ""]),
        ("\t", "\t\n", ["⟨1 tab⟩", "⟨no newline at the end⟩"], ["⟨1 tab⟩"]),
        ("a\n \nb\n", "a\n\nb\n", ["a", "⟨1 space⟩", "b"], ["a", "", "b"]),
    ],
)
def test_an_edit_shows_what_it_changes(
    old: str, new: str, before: list[str], after: list[str]
) -> None:
    assert edit_lines(old, new) == (before, after)


TEXTS = st.text(st.sampled_from("a \t\r\n\u00a0\u200b"), max_size=6)


@settings(max_examples=2_000)
@given(TEXTS, TEXTS)
def test_two_texts_that_differ_never_look_the_same(old: str, new: str) -> None:
    before, after = edit_lines(old, new)
    assert (before == after) == (old == new)
