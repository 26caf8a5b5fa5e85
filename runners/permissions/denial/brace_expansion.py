"""Brace expansion as bash does it: `{git,push}` are two words, a{b,c} is ab ac."""

import re

from runners.permissions.command import WILDCARD

MAX_WORDS = 64  # more alternatives of one word become a WILDCARD
MAX_WORD_CHARS = 500  # longer words with braces become a WILDCARD
# Tried at the start of words alone; elsewhere the time would grow with the square.
_WORD = re.compile(r"(?<![^\s;&|()<>])[^\s;&|()<>]*\{[^\s;&|()<>]*")
_INNERMOST = re.compile(r"\{([^{}]*)\}")


def expanded(text: str) -> str:
    """Expand the braces of every word; quotes are not respected."""
    return _WORD.sub(lambda found: _words(found[0]), text)


def _words(word: str) -> str:
    if len(word) > MAX_WORD_CHARS:
        return WILDCARD
    done: list[str] = []
    left = [word]
    while left:
        if len(done) + len(left) > MAX_WORDS:
            return WILDCARD
        each = left.pop(0)
        braces = next(filter(_is_choice, _INNERMOST.finditer(each)), None)
        if braces is None:
            done.append(each)
            continue
        before, after = each[: braces.start()], each[braces.end() :]
        choices = [WILDCARD] if "," not in braces[1] else braces[1].split(",")
        left += [f"{before}{choice}{after}" for choice in choices]
    return " ".join(done)


def _is_choice(braces: re.Match[str]) -> bool:
    return "," in braces[1] or ".." in braces[1]
