"""Folding for search: removes accents and maps variant letters to one form."""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

# Characters that search ignores: combining accents, Hebrew, Arabic and Syriac points,
# the stroke that lengthens Arabic words, invisible characters and variation selectors.
DROPPED = (
    "\u00ad\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    "\u0610-\u061a\u0640\u064b-\u065f\u0670\u0674\u06d6-\u06dc\u06df-\u06e8"
    "\u06ea-\u06ed\u0711\u0730-\u074a\u0897-\u089f\u08ca-\u08e1\u08e3-\u08ff"
    "\u180b-\u180f\u1ab0-\u1aff\u1dc0-\u1dff\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u20d0-\u20ff"
    "\ufb1e\ufe00-\ufe0f\ufe20-\ufe2f\ufeff\U000e0100-\U000e01ef"
)
# Letters and their usual replacements on keyboards that lack them: Latin, and Arabic,
# where Persian, Urdu and the Quran have forms of their own for the same letter.
PLAIN = str.maketrans(
    {
        "ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o",
        "Ø": "O", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "ħ": "h", "Ħ": "H", "ł": "l",
        "Ł": "L", "\u0131": "i", "þ": "th", "Þ": "TH",
        "\u0671": "\u0627", "\u0672": "\u0627", "\u0673": "\u0627",  # alef
        "\u0649": "\u064a", "\u06cc": "\u064a", "\u06d2": "\u064a",  # yeh
        "\u06a9": "\u0643", "\u06aa": "\u0643",  # kaf
        "\u0629": "\u0647", "\u06be": "\u0647", "\u06c1": "\u0647",  # heh
        "\u06c3": "\u0647", "\u06d5": "\u0647",
    }
)  # fmt: skip
# Korean letters and half-width forms that combine with the character before them.
JOINING = "\u1160-\u11ff\u3131-\u318e\ud7b0-\ud7fb\uff9e-\uffdc"
ASCII_RUN = r"[\x00-\x7f]*[\x00-\x7f](?=[\x00-\x7f]|\Z)"


def folded(text: str) -> str:
    """Remove accents and variant forms; case is kept, since it divides identifiers.

    `folded(text).casefold()` has the same length as `folded(text)`.
    """
    if text.isascii():
        return text
    apart = _dropped().sub("", unicodedata.normalize("NFKD", text))
    return unicodedata.normalize("NFKC", apart).translate(PLAIN)


def caseless(text: str) -> str:
    """Fold a text, including its case, for comparison."""
    return folded(text).casefold()


def characters(text: str) -> Iterator[tuple[str, int]]:
    """Split a text into pieces that can be folded independently.

    Yields each piece and the offset of its end. The folded pieces joined are the
    folding of the whole text.
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
    """Return the combining marks of all scripts, for a regex character class."""
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
