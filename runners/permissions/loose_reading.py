"""Splits a command in every way that a shell might read it, for deny rules.

A deny rule has to hold however its words are quoted or spelled, so a command is read in
several ways at once. The readings do not know shell grammar and may find too much; a
call refused for that can be rewritten plainly.
"""

import codecs
import re
from collections.abc import Iterator

from runners.permissions.command import WILDCARD

MAX_NESTING = 20  # depth of nested substitutions
MAX_BRACES = 2  # depth of nested braces
_BETWEEN = re.compile(r"[\s;&|(){}<>`$'\"\\=]+")  # word separators, including quotes
_QUOTES = re.compile(r"""\\\n|['"\\]""")  # removed from words by a shell
_ANSI_C = re.compile(r"\$'((?:[^'\\]|\\.)*)'", re.DOTALL)
_REDIRECT = re.compile(
    r"""(?:\d+|\{\w+\}|&)?(?:<<<|<<-?|<>|>>|>\||[<>]&|[<>])\s*"""
    r"""(?:'[^']*'|"[^"]*"|\\.|[^\s;&|()<>'"\\])+""",
    re.DOTALL,
)
# Replaced by the shell with text that the command does not show.
_SUBSTITUTION = re.compile(r"\$\([^()]*\)|`[^`]*`|\$\{[^{}]*\}")
_VARIABLE = re.compile(r"\$(?:\w+|[@*#?$!-])")
# Bounded, so that an unclosed bracket does not make the search slow.
_BRACES = re.compile(r"\{[^{}\s]{0,500}\}")
_GLOB = re.compile(r"[*?]+|\[[^\[\]\s]{1,100}\]")


def readings(command: str) -> Iterator[list[str]]:
    """Split a command into words in every way; WILDCARD stands for any characters.

    Quotes hide nothing, because their content may be another shell's command, and they
    do not separate words: g"i"t is git.
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
    """Replace what the shell expands by WILDCARD."""
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
