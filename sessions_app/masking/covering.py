import re
from typing import Any

from sessions_app.masking.mask import Mask, masked, stars
from sessions_app.protocol.encoding.numbers import encode_json

PIECE_MIN_CHARS = 3  # shortest piece to cover beside a cut
# The marker that replaces the middle of a shortened text.
CUT = re.compile(r"\n\[… [\d,]+ characters left out …\]\n")
ELLIPSIS = "…"
# JSON's short escapes; all others are \uXXXX. JSON within JSON doubles each backslash.
SHORT = {'"': '"', "/": "/", "\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t"}


class Covering:
    """Replaces one text by stars: in plain text, in JSON, or in JSON within JSON.

    Where a shortened text was cut inside the covered one, the pieces beside the cut are
    covered as well. The stars are as long as the text in UTF-16, so offsets stay valid.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._pattern = re.compile("".join(map(_spellings, text)))

    def __call__(self, text: str) -> str:
        text = self._pattern.sub(lambda match: stars(match[0]), text)
        for match in CUT.finditer(text):
            before = self.at_end(text[: match.start()])
            after = self.at_start(text[match.end() :])
            text = f"{before}{match[0]}{after}"
        if text.endswith(ELLIPSIS):
            text = self.at_end(text[: -len(ELLIPSIS)]) + ELLIPSIS
        return text

    def at_end(self, text: str) -> str:
        """Cover the text's own beginning where a shortened `text` ends with it."""
        for length in range(len(self._text) - 1, PIECE_MIN_CHARS - 1, -1):
            piece = self._text[:length]
            if text.endswith(piece):
                return text[:-length] + stars(piece)
        return text

    def at_start(self, text: str) -> str:
        """Cover the text's own end where a shortened `text` begins with it."""
        for length in range(len(self._text) - 1, PIECE_MIN_CHARS - 1, -1):
            piece = self._text[-length:]
            if text.startswith(piece):
                return stars(piece) + text[length:]
        return text

    def value(self, value: Any) -> Any:
        """Cover a JSON value; a number whose digits contain the text becomes stars."""
        return covered_numbers(masked(value, self), self)


def covered_numbers(value: Any, cover: Mask) -> Any:
    """Replace the numbers of a JSON value, at any depth, whose digits are covered."""
    if isinstance(value, dict):
        return {key: covered_numbers(one, cover) for key, one in value.items()}
    if isinstance(value, list):
        return [covered_numbers(one, cover) for one in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        digits = encode_json(value).decode()
        shown = cover(digits)
        return value if shown == digits else shown
    return value


def _spellings(char: str) -> str:
    """Return a pattern for a character and its JSON escapes, at any nesting."""
    units = char.encode("utf-16-be", "surrogatepass").hex()
    codes = [units[at : at + 4] for at in range(0, len(units), 4)]
    escaped = "".join(rf"\\+u(?i:{code})" for code in codes)
    forms = [escaped, re.escape(char)]
    if char in SHORT:
        forms.insert(0, rf"\\+{re.escape(SHORT[char])}")
    if char == "\\":
        forms.insert(0, r"\\+")
    return f"(?:{'|'.join(forms)})"
