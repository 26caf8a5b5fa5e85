"""Tokenization: splits text of any script into atoms.

An atom is the smallest unit of search: a run of letters, a run of digits, or one
character of a script that puts no spaces between words (`登`, `ก`, also an emoji).
Mixed-case identifiers have parts, divided at their humps: `getUserByID` is one atom
with the parts get, User, By, ID. All functions here take folded texts (`folding.py`).
"""

import re
import sys
from collections.abc import Iterator
from functools import cache

from msgspec import Struct

from sessions_app.text.folding import marks

# Han, kana, Bopomofo, Hangul, Thai, Lao, Tibetan, Myanmar and Khmer.
UNSPACED = (
    "\u3005-\u3007\u3021-\u3029\u3031-\u3035\u303b\u3041-\u3096\u309d-\u309f"
    "\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f\u31a0-\u31bf\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
    "\u1100-\u11ff\ua960-\ua97f\uac00-\ud7ff"
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ecf\u0edc-\u0edf"
    "\u0f00\u0f40-\u0f6c\u0f88-\u0f8c\u1000-\u103f\u1050-\u108f\u109a-\u109f\u1780-\u17d3"
)
# Arrows, signs and emoji, but not box-drawing and block characters.
SYMBOLS = "\u2190-\u24ff\u25a0-\u2bff\U0001f000-\U0001faff"
# The signs of C++, C# and F#, which belong to the letters before them.
SIGN = r"(?:\+\+(?!\+)|#(?!#))(?![^\W\d_])"
HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
# A longer run of letters, or one with more humps, is not split into parts.
PART_MAX_CHARS = 64
HUMPS_MAX = 7


class Atom(Struct, frozen=True):
    """One atom of a folded text."""

    start: int
    end: int
    text: str  # in its original case
    kind: str  # "letters", "digits" or "unspaced"
    sign: str  # "++" or "#", as in C++ and C#, else ""

    @property
    def is_letters(self) -> bool:
        return self.kind == "letters"

    @property
    def is_unspaced(self) -> bool:
        return self.kind == "unspaced"

    @property
    def humps(self) -> list[int]:
        """Offsets in the atom at which its parts after the first begin."""
        if not self.is_letters or len(self.text) > PART_MAX_CHARS:
            return []
        if self.text.islower() or self.text.isupper():
            return []
        found = [hump.start() for hump in HUMP.finditer(self.text)]
        return found if len(found) <= HUMPS_MAX else []


def atoms(text: str, start: int = 0, end: int = sys.maxsize) -> Iterator[Atom]:
    """Yield the atoms of a folded text, or of a part of it, in order."""
    pattern = _ascii() if text.isascii() else _any()
    for found in pattern.finditer(text, start, end):
        kind = found.lastgroup or ""
        sign = ""
        if kind == "sign":
            kind, sign = "letters", found["sign"]
        yield Atom(found.start(), found.end(kind), found[kind], kind, sign)


def is_boundary(text: str, at: int) -> bool:
    """Return whether an atom, or a part of one, begins or ends at an offset."""
    # Looking at nearby text is enough: an atom that is cut by `near` has no parts.
    near = PART_MAX_CHARS + 2
    for atom in atoms(text, max(0, at - near), at + near):
        if atom.start < at < atom.end:
            return at - atom.start in atom.humps
    return True


def between() -> str:
    """Return the regular expression of what may separate two atoms of a phrase."""
    return rf"(?:(?![{marks()}{SYMBOLS}])[\W_])+"


@cache
def _ascii() -> re.Pattern[str]:
    return re.compile(rf"(?P<letters>[A-Za-z]+)(?P<sign>{SIGN})?|(?P<digits>[0-9]+)")


@cache
def _any() -> re.Pattern[str]:
    more = marks()
    return re.compile(
        rf"(?P<letters>[A-Za-z]++(?![^\x00-\x7f])|(?:[^\W\d_{UNSPACED}]|[{more}])+)"
        rf"(?P<sign>{SIGN})?"
        rf"|(?P<digits>\d+)"
        rf"|(?P<unspaced>[{UNSPACED}{SYMBOLS}][{more}]*)"
    )
