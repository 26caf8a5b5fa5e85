"""What a denial takes a command for: all that the shell could make of it.

A denial has to hold however its words are spelled, so a command is read in several
ways at once, each of which only a shell could rule out. The readings know nothing of a
shell's grammar; what they find too much is refused, and can be said plainly.
"""

import codecs
import re
from collections.abc import Iterator

from runners.permissions.command import WILDCARD

MAX_NESTING = 20  # substitutions within each other
MAX_BRACES = 2  # likewise
_BETWEEN = re.compile(r"[\s;&|(){}<>`$'\"\\=]+")  # what parts words, quotes included
_QUOTES = re.compile(r"""\\\n|['"\\]""")  # what a shell takes out of a word
_ANSI_C = re.compile(r"\$'((?:[^'\\]|\\.)*)'", re.DOTALL)
_REDIRECT = re.compile(
    r"""(?:\d+|\{\w+\}|&)?(?:<<<|<<-?|<>|>>|>\||[<>]&|[<>])\s*"""
    r"""(?:'[^']*'|"[^"]*"|\\.|[^\s;&|()<>'"\\])+""",
    re.DOTALL,
)
# What the shell replaces with something that nobody can tell from the command.
_SUBSTITUTION = re.compile(r"\$\([^()]*\)|`[^`]*`|\$\{[^{}]*\}")
_VARIABLE = re.compile(r"\$(?:\w+|[@*#?$!-])")
# With a limit: where a bracket has no end, looking for it must not take long.
_BRACES = re.compile(r"\{[^{}\s]{0,500}\}")
_GLOB = re.compile(r"[*?]+|\[[^\[\]\s]{1,100}\]")


def readings(command: str) -> Iterator[list[str]]:
    """Split a command into words in every way; WILDCARD stands for any characters.

    Quotes hide nothing: what is in them may be another shell's command. Nor do they
    part a word: g"i"t is git.
    """
    decoded = _ANSI_C.sub(_decoded, command)
    texts = {command, decoded, _REDIRECT.sub(" ", decoded)}
    bare = {_QUOTES.sub("", text) for text in texts}
    bare |= {_REDIRECT.sub(" ", text) for text in bare}
    live = {_replaced(text) for text in bare}
    live |= {text.replace(WILDCARD, by) for text in live for by in ("", " ")}
    for text in texts | bare | live:
        yield [word for word in _BETWEEN.split(text) if word]


def _decoded(found: re.Match[str]) -> str:
    try:
        return codecs.decode(found[1].encode("latin-1", "replace"), "unicode_escape")
    except ValueError:
        return WILDCARD


def _replaced(text: str) -> str:
    """Put a WILDCARD in the place of what the shell expands."""
    for _ in range(MAX_NESTING):
        text, count = _SUBSTITUTION.subn(WILDCARD, text)
        if not count:
            break
    text = _VARIABLE.sub(WILDCARD, text)
    for _ in range(MAX_BRACES):
        text = _BRACES.sub(_expanded, text)
    return _GLOB.sub(WILDCARD, text)


def _expanded(braces: re.Match[str]) -> str:
    text = braces[0]
    return WILDCARD if "," in text or ".." in text else text
