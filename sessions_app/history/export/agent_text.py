import re

from markdown_it import MarkdownIt
from markdown_it.token import Token

from sessions_app.protocol.status import SessionStatus

FENCES = re.compile(r"`{3,}")
NEXT = "the next passage"
# The words that the export's own notices (lines in emphasis) begin with.
NOTICES = "|".join(
    (
        "approved", "denied", "error", "image in the message",
        "image in the result", "not in the agent", "resource in the message",
        "plan to agree to", "resource in the result", "result", "setting chosen",
        "sub-agent", "thinking", *SessionStatus,
    )
)  # fmt: skip
NOTICE = re.compile(rf"\s*(?:{NOTICES})\b", re.IGNORECASE)
SPECIAL = re.compile(r"[\\`*\[\]<>&|~!#]")
_markdown = MarkdownIt("commonmark", {"html": True})


def agent_text(text: str) -> str:
    """Return an agent's text as Markdown that is safe to put into an export.

    The result contains no HTML, and cannot pass for a passage of the export's own,
    such as a person's message or a notice of an approval. A text with a heading, or
    one that looks like such a passage, is quoted. A text that is unsafe even then
    becomes a code block.
    """
    for variant in (text, _escaped(text)):
        for shown in (variant, _closed(variant), _quoted(variant)):
            if _is_harmless(shown):
                return f"{shown}\n\n"
    return fenced(text, "markdown")


def plain(text: str) -> str:
    """Return a name, or a person's words, as one line with Markdown escaped."""
    return SPECIAL.sub(r"\\\g<0>", " ".join(text.split()))


def fenced(text: str, language: str = "text") -> str:
    """Return a code block of a text, with a fence longer than any in the text."""
    longest = max((len(fence) for fence in FENCES.findall(text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text}\n{fence}\n\n"


def _is_harmless(text: str) -> bool:
    """Return whether a passage is safe.

    A safe passage leaves no block open for the next passage, has no HTML, and cannot
    pass for one of the export's own.
    """
    tokens = _markdown.parse(f"{text}\n\n{NEXT}\n")
    last = tokens[-2:][0]
    ends = last.type == "inline" and last.content == NEXT and last.level == 1
    return ends and not _has_html(tokens) and not _could_pass(tokens)


def _escaped(text: str) -> str:
    """Escape `<` in all lines outside code blocks."""
    tokens = _markdown.parse(text)
    code = {n for t in tokens if _is_code(t) and t.map for n in range(*t.map)}
    lines = enumerate(text.split("\n"))
    return "\n".join(
        line if number in code else line.replace("<", "&lt;") for number, line in lines
    )


def _closed(text: str) -> str:
    """Append the fence that closes a code block left open at the end."""
    fences = [token.markup for token in _markdown.parse(text) if token.type == "fence"]
    return f"{text}\n{fences[-1]}" if fences else text


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def _has_html(tokens: list[Token]) -> bool:
    return any(
        token.type in {"html_block", "html_inline"} or _has_html(token.children or [])
        for token in tokens
    )


def _is_code(token: Token) -> bool:
    return token.type in {"fence", "code_block"}


def _could_pass(tokens: list[Token]) -> bool:
    """Return whether a text looks like a passage of the export's own."""
    if tokens and _is_code(tokens[0]) and tokens[0].info.strip() in {"", "text"}:
        return True  # looks like the continuation of a person's message
    return any(
        (token.type == "heading_open" and token.level == 0)
        or (token.type == "inline" and token.level == 1 and _is_notice(token.content))
        for token in tokens
    )


def _is_notice(text: str) -> bool:
    return text[:1] in {"*", "_"} and NOTICE.match(text.lstrip("*_")) is not None
