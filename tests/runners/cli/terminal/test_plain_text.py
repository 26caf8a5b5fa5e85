import pytest
from hypothesis import given
from hypothesis import strategies as st

from runners.cli.terminal.plain_text import one_line, plain


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain\ttext\n", "plain\ttext\n"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07after", "after"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bPq#0\x1b\\picture", "picture"),
        ("\x9b31mred", "31mred"),
        ("back\rspace\x08", "backspace"),
        ("line\r\n", "line\n"),
        ("\u202eturned\u202c", "turned"),
        ("naïve 🙂", "naïve 🙂"),
    ],
)
def test_a_terminal_is_told_nothing_but_text(text: str, shown: str) -> None:
    assert plain(text) == shown


@given(st.text(st.sampled_from("\x1b[]P\\\x07\x9b\x9c0;m\r\n\ta\u202e")))
def test_nothing_a_terminal_obeys_is_left(text: str) -> None:
    left = set(plain(text))
    assert not {c for c in left if c not in "\n\t" and not c.isprintable()}


@given(st.text(), st.integers(2, 50))
def test_one_line_is_one_line(text: str, width: int) -> None:
    line = one_line(text, width)
    assert len(line) <= width
    assert len(line.splitlines()) <= 1
