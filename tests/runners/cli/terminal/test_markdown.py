import io

from hypothesis import given
from hypothesis import strategies as st

from runners.cli.terminal.markdown import TerminalMarkdown, split

LINES = st.lists(
    st.sampled_from(
        [
            "# Head\n",
            "words\n",
            "\n",
            "- item\n",
            "```\n",
            "code()\n",
            "| a |\n",
            "> q\n",
        ]
    ),
    max_size=15,
)


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


@given(LINES)
def test_a_split_loses_nothing(lines: list[str]) -> None:
    text = "".join(lines)
    whole, rest = split(text)
    assert whole + rest == text


def test_whole_blocks_are_given_up_and_the_last_one_kept() -> None:
    assert split("# Head\n\nwords\n\n- one\n- two\n") == (
        "# Head\n\nwords\n\n",
        "- one\n- two\n",
    )
    assert split("```\na\n\nb\n") == ("", "```\na\n\nb\n")


def test_markdown_is_drawn_whatever_the_pieces() -> None:
    text = "# Title\n\nSome **bold** words.\n\n```python\nprint(1)\n```\n\nThe end."
    screen = Screen()
    prose = TerminalMarkdown(screen)
    for char in text:
        prose.write(char)
    prose.end()
    shown = screen.getvalue()
    for word in ("Title", "bold", "print", "The end."):
        assert word in shown
    assert "**" not in shown


def test_a_link_shows_where_it_leads() -> None:
    screen = Screen()
    prose = TerminalMarkdown(screen)
    prose.write("[bank](https://evil.example)")
    prose.end()
    assert "https://evil.example" in screen.getvalue()
    assert "\x1b]8" not in screen.getvalue()
