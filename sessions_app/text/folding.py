"""How texts are made comparable: without accents, each letter in one way of writing."""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

# Combining accents, points of Hebrew and Arabic, invisible characters and the choice
# of a glyph: a text is found with them and without.
DROPPED = (
    "\u00ad\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    "\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u180b-\u180f\u1ab0-\u1aff"
    "\u1dc0-\u1dff\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20d0-\u20ff"
    "\ufe00-\ufe0f\ufe20-\ufe2f\ufeff\U000e0100-\U000e01ef"
)
# Letters that are written with others where a keyboard has none of them.
LATIN = str.maketrans(
    {
        "ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o",
        "Ø": "O", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "ħ": "h", "Ħ": "H", "ł": "l",
        "Ł": "L", "\u0131": "i", "þ": "th", "Þ": "TH",
    }
)  # fmt: skip
# Korean letters and half-width forms that join with the character before them.
JOINING = "\u1160-\u11ff\u3131-\u318e\ud7b0-\ud7fb\uff9e-\uffdc"
ASCII_RUN = r"[\x00-\x7f]*[\x00-\x7f](?=[\x00-\x7f]|\Z)"


def folded(text: str) -> str:
    """Drop accents and forms of writing; case is kept, for it divides identifiers.

    `folded(text).casefold()` is as long as `folded(text)`.
    """
    if text.isascii():
        return text
    apart = _dropped().sub("", unicodedata.normalize("NFKD", text))
    return unicodedata.normalize("NFKC", apart).translate(LATIN)


def caseless(text: str) -> str:
    """Fold a text, its case too: what two texts are compared by."""
    return folded(text).casefold()


def characters(text: str) -> Iterator[tuple[str, int]]:
    """Cut a text where folding works on either side alone: what folds, and its end.

    Folding the pieces one by one gives the whole text's folding.
    """
    for found in _pieces().finditer(text):
        piece = found[0]
        if piece.isascii():
            yield piece, found.end()
            continue
        for one in _clusters().finditer(piece):
            yield one[0], found.start() + one.end()


@cache
def marks() -> str:
    """List the combining marks of all scripts, for a character class."""
    return "".join(
        chr(code)
        for code in range(0x300, 0x1E000)
        if unicodedata.category(chr(code)).startswith("M")
    )


@cache
def _dropped() -> re.Pattern[str]:
    return re.compile(f"[{DROPPED}]+")


@cache
def _pieces() -> re.Pattern[str]:
    return re.compile(rf"{ASCII_RUN}|[\x00-\x7f]?[^\x00-\x7f]+")


@cache
def _clusters() -> re.Pattern[str]:
    return re.compile(f".[{DROPPED}{JOINING}{marks()}]*", re.DOTALL)
