import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

# Characters before a body that decide whether it is a secret: the longest prefix and an
# escape before it. A stream keeps that many as context.
CONTEXT_CHARS = 120
# A prefix begins a word although a letter or digit precedes it, if that character ends
# an escape sequence of JSON, of a URL or of a terminal's colours.
ESCAPE_BEFORE = re.compile(
    r"(?:\\[nrtbf]|\\u[0-9A-Fa-f]{4}|%[0-9A-Fa-f]{2}|\x1b\[[0-9;:]{0,20}[A-Za-z])\Z"
)
ESCAPE_MAX_CHARS = 24
# Matched by one call of a regular expression: it holds the GIL, and so stops all other
# threads, while it runs.
STEP_CHARS = 64 * 1024
LOOKAHEAD_CHARS = 16  # the longest lookahead of a body; matched again by the next step


@dataclass(frozen=True, slots=True)
class Candidate:
    """A prefix found in a text, and the body after it, which may be a secret."""

    start: int  # of the prefix
    body: int
    end: int


@dataclass(frozen=True, slots=True, eq=False)
class Format:
    """The format of one kind of secret: its prefix and the characters of its body."""

    hint: str  # lower-case substring of every prefix; a fast test before the pattern
    prefix: re.Pattern[str]
    body: re.Pattern[str]
    least: int  # fewest characters of a body
    needed: str = ""  # substring that the body must contain
    is_word: bool = False  # the prefix counts only at the beginning of a word

    def accepts(self, length: int, has_needed: bool) -> bool:
        """Return whether a body of this length is a secret, whatever text follows."""
        return length >= self.least and has_needed

    def runs(
        self, text: str, after: int = 0, step: int = STEP_CHARS
    ) -> Iterator[Candidate]:
        """Yield every candidate whose prefix ends after the index `after`.

        A prefix inside the previous candidate is skipped: both end at the same place.
        """
        end = -1
        for match in self._prefixes(text, max(0, after - CONTEXT_CHARS), step):
            if match.end() <= max(end, after):
                continue
            if self.is_word and not begins_word(text, match.start()):
                continue
            end = self.run_end(text, match.end())
            yield Candidate(match.start(), match.end(), end)

    def _prefixes(self, text: str, start: int, step: int) -> Iterator[re.Match[str]]:
        """Yield the matches of the prefix, searched `step` characters at a time."""
        for end in range(start + step, len(text) + step, step):
            begin = max(start, end - step)
            for match in self.prefix.finditer(text, begin, end + CONTEXT_CHARS):
                if match.start() < end:
                    start = match.end()
                    yield match

    def run_end(self, text: str, start: int, step: int = STEP_CHARS) -> int:
        """Return the index where a body ends, matched `step` characters at a time."""
        end = start
        while True:
            again = max(start, end - LOOKAHEAD_CHARS)
            if again > start and text[again - 1] == "\\":  # not inside an escape
                again -= 1
            limit = end + step
            found = self.body.match(text, again, limit)
            end = found.end() if found else start
            if end < limit:
                return end

    def in_json(self) -> Self:
        """Return the same format for raw JSON, in which characters may be escaped."""
        body = rf"(?:{self.body.pattern.removesuffix('*')}|\\(?:[/u]|\Z))*"
        return type(self)(
            self.hint,
            self.prefix,
            re.compile(body, re.ASCII),
            self.least,
            self.needed,
            self.is_word,
        )


def begins_word(text: str, at: int) -> bool:
    before = text[max(0, at - 1) : at]
    if not (before.isascii() and before.isalnum()):
        return True
    context = text[max(0, at - ESCAPE_MAX_CHARS) : at]
    return ESCAPE_BEFORE.search(context) is not None


def _format(
    hint: str,
    prefix: str,
    body: str,
    least: int,
    *,
    needed: str = "",
    is_word: bool = False,
) -> Format:
    return Format(
        hint,
        re.compile(prefix, re.ASCII),
        re.compile(f"{body}*", re.ASCII),
        least,
        needed,
        is_word,
    )


FORMATS = (
    _format("sk-ant-", r"sk-ant-", r"[\w-]", 20),  # Anthropic
    _format(
        "sk-", r"sk-(?!ant-)(?:proj-|svcacct-|admin-)?", r"[\w-]", 32, is_word=True
    ),  # OpenAI
    _format("gh", r"gh[opsur]_", r"[A-Za-z0-9]", 36),  # GitHub
    _format("github_pat_", r"github_pat_", r"\w", 22),
    _format("glpat-", r"glpat-", r"[\w-]", 20),  # GitLab
    _format("akia", r"AKIA", r"[A-Z0-9]", 16),  # AWS
    _format("asia", r"ASIA", r"[A-Z0-9]", 16),
    _format("xox", r"xox[abeoprs]-", r"[A-Za-z0-9-]", 10),  # Slack
    _format("aiza", r"AIza", r"[\w-]", 35),  # Google
    _format("k_live_", r"[rs]k_live_", r"[A-Za-z0-9]", 16),  # Stripe
    _format("npm_", r"npm_", r"[A-Za-z0-9]", 36),
    _format(
        "ringside_", r"ringside_", r"[\w-]", 40, is_word=True
    ),  # our own API tokens
    _format("pypi-age", r"pypi-AgE", r"[\w-]", 50),
    _format("hf_", r"hf_", r"[A-Za-z0-9]", 30, is_word=True),  # Hugging Face
    # JSON web tokens: base64 parts separated by dots; without a dot it is plain base64.
    _format("eyj", r"eyJ", r"[\w.-]", 40, needed=".", is_word=True),
    _format("bearer", r"(?i:bearer)[ \t]{1,8}", r"[\w.~+/=-]", 20, is_word=True),
    _format(
        "private key",
        r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----",
        # The body includes headers ("Proc-Type: 4,ENCRYPTED") and the backslashes of
        # \n.
        r"(?:(?!-----END)[\w+/=\s\\:,.-])",
        40,
    ),
)
JSON_FORMATS = tuple(each.in_json() for each in FORMATS)
