import re
from collections.abc import Iterable, Iterator

from sessions_app.masking.formats import FORMATS, STEP_CHARS, Format

# The footer of a private key. If the key's header was cut off, the base64 lines before
# the footer are covered.
KEY_END = re.compile(r"-----END [A-Z ]{0,20}PRIVATE KEY-----")
KEY_END_HINT = "private key"
HINTS = frozenset({KEY_END_HINT, *(each.hint for each in FORMATS)})
HINT_MAX_CHARS = max(map(len, HINTS))
KEY_LINE = re.compile(r"\s*[A-Za-z0-9+/=]+\s*")
KEY_MAX_CHARS = 8192

# The markers of a shortened text: of one cut at its end, or without its middle.
CUTS = ("…", "\n[… ", "[… ")
# A word after such a marker may be the end of a secret whose beginning was removed.
CUT_WORD = re.compile(r"left out …\]\n([\w.~+/=-]{8,})", re.ASCII)
CUT_HINT = "left out …]"

Span = tuple[int, int]


def without_secrets(text: str) -> str:
    """Replace what looks like a secret, except its prefix, by as many stars."""
    return covered(text, secret_spans(text))


def without_secrets_in(data: bytes) -> bytes:
    """Mask secrets in UTF-8 bytes that may begin or end within a character."""
    text = data.decode(errors="surrogateescape")
    return without_secrets(text).encode(errors="surrogateescape")


def has_secret(text: str) -> bool:
    return any(True for _ in secret_spans(text))


def secret_spans(text: str) -> Iterator[Span]:
    """Yield the (start, end) of each secret; spans may overlap."""
    hints = _hints(text)
    for each in FORMATS:
        if each.hint in hints:
            yield from _spans(each, text)
    if KEY_END_HINT in hints:
        yield from key_end_spans(text)
    if CUT_HINT in text:
        for match in CUT_WORD.finditer(text):
            yield match.span(1)


def _hints(text: str) -> set[str]:
    """Return the hints that a text contains, looked for STEP_CHARS at a time."""
    found: set[str] = set()
    for step in range(0, len(text), STEP_CHARS):
        lower = text[step : step + STEP_CHARS + HINT_MAX_CHARS].lower()
        found.update(hint for hint in HINTS - found if hint in lower)
    return found


def covered(text: str, spans: Iterable[Span]) -> str:
    """Replace the characters of the spans by stars; all formats are ASCII."""
    pieces: list[str] = []
    at = 0
    for start, end in sorted(spans):
        if end <= at:
            continue
        start = max(start, at)
        pieces += [text[at:start], "*" * (end - start)]
        at = end
    return "".join([*pieces, text[at:]]) if pieces else text


def _spans(each: Format, text: str) -> Iterator[Span]:
    for run in each.runs(text):
        has_needed = text.find(each.needed, run.body, run.end) >= 0
        is_cut = text.startswith(CUTS, run.end)
        if is_cut or each.accepts(run.end - run.body, has_needed):
            yield run.body, run.end


def key_end_spans(text: str) -> Iterator[Span]:
    """Yield the spans of private keys whose header is not in the text."""
    for match in KEY_END.finditer(text):
        first = start = match.start()
        above = text[max(0, start - KEY_MAX_CHARS) : start]
        for line in reversed(above.splitlines(keepends=True)):
            if not KEY_LINE.fullmatch(line):
                break
            first -= len(line)
        if first < start:
            yield first, start
