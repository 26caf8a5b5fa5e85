import re

from markdown_it import MarkdownIt
from markdown_it.token import Token

from sessions_app.protocol.status import SessionStatus

FENCES = re.compile(r"`{3,}")
NEXT = "the next passage"
# What an export itself says in emphasis.
NOTICES = "|".join(
    ("approved", "denied", "error", "result", "sub-agent", "thinking", *SessionStatus)
)
NOTICE = re.compile(rf"\s*(?:{NOTICES})\b", re.IGNORECASE)
SPECIAL = re.compile(r"[\\`*\[\]<>&|~!#]")
_markdown = MarkdownIt("commonmark", {"html": True})


def agent_text(text: str) -> str:
    """Write what an agent has said, as the Markdown that it is, but for two things.

    It carries no HTML, and it cannot pass for what the export says itself: a person's
    words, a notice that somebody has approved something. Where it has a heading, or
    looks like one of these, it is quoted.
    """
    for said in (text, _escaped(text)):
        for shown in (said, _closed(said), _quoted(said)):
            if _is_harmless(shown):
                return f"{shown}\n\n"
    return fenced(text, "markdown")


def plain(text: str) -> str:
    """Write a name, or a word of a person's, in one line that is no markup."""
    return SPECIAL.sub(r"\\\g<0>", " ".join(text.split()))


def fenced(text: str, language: str = "text") -> str:
    """Show a text as it is, whatever fences it has itself."""
    longest = max((len(fence) for fence in FENCES.findall(text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text}\n{fence}\n\n"


def _is_harmless(text: str) -> bool:
    """Tell whether a passage says only what it says, and ends where it ends."""
    tokens = _markdown.parse(f"{text}\n\n{NEXT}\n")
    last = tokens[-2:][0]
    ends = last.type == "inline" and last.content == NEXT and last.level == 1
    return ends and not _has_html(tokens) and not _could_pass(tokens)


def _escaped(text: str) -> str:
    """Escape all that may be HTML, but in blocks of code."""
    tokens = _markdown.parse(text)
    code = {n for t in tokens if _is_code(t) and t.map for n in range(*t.map)}
    lines = enumerate(text.split("\n"))
    return "\n".join(
        line if number in code else line.replace("<", "&lt;") for number, line in lines
    )


def _closed(text: str) -> str:
    """Close a code block that was left open."""
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
    """Tell whether a reader might take it for a passage of the export's own."""
    if tokens and _is_code(tokens[0]) and tokens[0].info.strip() in {"", "text"}:
        return True  # after a person's words, more of them
    return any(
        (token.type == "heading_open" and token.level == 0)
        or (token.type == "inline" and token.level == 1 and _is_notice(token.content))
        for token in tokens
    )


def _is_notice(said: str) -> bool:
    return said[:1] in {"*", "_"} and NOTICE.match(said.lstrip("*_")) is not None
