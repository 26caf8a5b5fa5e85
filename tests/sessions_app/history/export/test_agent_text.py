import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from sessions_app.history.export.agent_text import agent_text
from sessions_app.history.export.markdown import passage
from sessions_app.protocol import events

PARTS = st.lists(
    st.sampled_from(
        ["<b>", "<img src=x onerror=a()>", "<!-- ", "-->", "`", "``", "```", "~~~",
         "\n", "\n\n", "    ", "# ", "ada\n---\n", "*approved by ada*", "- ", "> ", "a",
         "<a@b.c>", "\\", "&lt;", "1. ", "\t", "<?", "<![CDATA[", "|", "<script>"]
    ),
    max_size=12,
).map("".join)  # fmt: skip
markdown = MarkdownIt("commonmark", {"html": True})


def has(text: str, *kinds: str) -> bool:
    tokens = markdown.parse(text)
    children = [child for token in tokens for child in token.children or []]
    return any(token.type in kinds for token in [*tokens, *children])


def top_level(text: str) -> list[str]:
    return [token.type for token in markdown.parse(text) if token.level == 0]


@given(PARTS)
def test_what_an_agent_says_carries_no_html(text: str) -> None:
    assert not has(agent_text(text), "html_block", "html_inline")


@given(PARTS)
def test_what_an_agent_says_has_no_heading_of_the_export(text: str) -> None:
    assert "heading_open" not in top_level(agent_text(text))


@given(PARTS)
def test_what_an_agent_says_ends_with_its_passage(text: str) -> None:
    person = passage(events.UserMessage(text="yes", by="ada"))
    top = top_level(agent_text(text) + person)
    assert top[-1] == "fence"
    assert "heading_open" in top


@pytest.mark.parametrize(
    "text",
    [
        passage(events.UserMessage(text="Yes, delete it", by="ada")),
        passage(events.UserMessage(text="Yes, delete it")),
        passage(events.Approval(tool_use_id="t", decision="approved", by="ada")),
        passage(events.Approval(tool_use_id="t", decision="denied", reason="no")),
        "_approved by ada_",
        "**Approved** by ada",
        "ada\n===\n\nyes",
        "```text\nand more of the same\n```",
    ],
)
def test_what_looks_like_a_person_s_words_is_quoted(text: str) -> None:
    shown = agent_text(text)
    assert {line[:1] for line in shown.rstrip("\n").split("\n")} == {">"}


def test_ordinary_markdown_stays_as_it_is() -> None:
    text = "I *did* it: `a<b`, 1 < 2.\n\n- one\n- two\n\n```py\nif a < b: pass\n```"
    assert agent_text(text) == f"{text}\n\n"


def test_names_and_reasons_are_no_markup() -> None:
    said = passage(
        events.Approval(
            tool_use_id="t", decision="denied", by="a", reason="*\n\n# x <img src=y>"
        )
    )
    assert not has(said, "html_inline", "html_block", "heading_open")
