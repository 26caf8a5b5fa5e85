"""Splits a command in every way that a shell might read it, for deny rules.

A deny rule has to hold however its words are quoted or spelled, so a command is read in
several ways at once. The readings do not know shell grammar and may find too much; a
call refused for that can be rewritten plainly.
"""

import codecs
import re
from collections.abc import Iterable, Iterator, Sequence

from runners.permissions.command import WILDCARD
from runners.permissions.denial.brace_expansion import expanded

MAX_NESTING = 20  # depth of nested substitutions
VALUE_AFTER_CHARS = (2, 3, 4)  # where the value of a short option may begin: -sXDELETE
_BUNDLE = re.compile(r"-[^-].")  # a short option, with others or a value
_BETWEEN = re.compile(r"[\s;&|(){}<>`$'\"\\=]+")  # word separators, including quotes
# Separators in the code of other languages, such as ["git","push"] and :!git
_IN_CODE = re.compile(r"[\s;&|(){}<>`$'\"\\=,\[\]:!]+")
_QUOTES = re.compile(r"""\\\n|['"\\]""")  # removed from words by a shell
_ANSI_C = re.compile(r"\$'((?:[^'\\]|\\.)*)'", re.DOTALL)
# Decoded by printf, echo -e and other languages.
_ESCAPE = re.compile(
    r"\\(?:x[0-9a-fA-F]{1,2}|[0-7]{1,3}|u[0-9a-fA-F]{4}|[abefnrtv])", re.ASCII
)
_REDIRECT = re.compile(
    r"""(?:\d+|\{\w+\}|&)?(?:<<<|<<-?|<>|>>|>\||[<>]&|[<>])\s*"""
    r"""(?:'[^']*'|"[^"]*"|\\.|[^\s;&|()<>'"\\])+""",
    re.DOTALL,
)
# Replaced by the shell with text that the command does not show.
_SUBSTITUTION = re.compile(r"[$<>]\(([^()]*)\)|`([^`]*)`|\$\{[^{}]*\}")
_VARIABLE = re.compile(r"\$(?:\w+|[@*#?$!-])")
# Bounded, so that an unclosed bracket does not make the search slow.
_GLOB = re.compile(r"[*?]+|\[[^\[\]\s]{1,100}\]")
# /usr/lib/git-core/git-push is git push.
_GIT_DASHED = re.compile(r"(?<![\w-])((?:[\w./-]{0,200}/)?git)-(?=[a-z])")
# Programs and builtins that give a program another name, or words from elsewhere.
_RENAMING = re.compile(
    r"\balias\b|\b(?:hash|ln|cp|mv|install|xargs|parallel)\s|\bGIT_CONFIG_|"
    r"(?:^|[\s;&|({])\w+\+?=[\s\S]*\$"
)
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_OPERATOR = re.compile(r"[;&|(){}\n]+")
_ARITHMETIC = re.compile(r"\(\([^()]*\)\)")
_ASSIGNMENT = re.compile(r"\w+\+?=.*", re.DOTALL)
# What may stand before a program: reserved words, and programs that start others.
_RESERVED = frozenset(("if", "then", "elif", "else", "while", "until", "do", "!"))
_PREFIXES = (
    "command exec builtin eval coproc env sudo doas nice nohup timeout xargs find time"
    " setsid stdbuf ionice watch flock strace script parallel busybox sh bash dash zsh"
    " ksh su unbuffer chroot unshare ssh uv npx poetry"
)
_STARTING = frozenset(_PREFIXES.split())


def readings(command: str) -> Iterator[list[str]]:
    """Split a command into words in every way; WILDCARD stands for any characters.

    Quotes hide nothing, because their content may be another shell's command, and they
    do not separate words: g"i"t is git.
    """
    decoded = _ANSI_C.sub(_decoded, command)
    escaped = _ESCAPE.sub(_unescaped, command)
    texts = {command, decoded, escaped, _REDIRECT.sub(" ", decoded)}
    bare = {_QUOTES.sub("", text) for text in texts}
    bare |= {_REDIRECT.sub(" ", text) for text in bare}
    live = {_replaced(text) for text in bare}
    live |= {text.replace(WILDCARD, by) for text in live for by in ("", " ")}
    for text in texts | bare | live:
        yield _split(_BETWEEN, text)
    for text in (decoded, escaped):
        yield _split(_IN_CODE, text)


def _split(between: re.Pattern[str], text: str) -> list[str]:
    return [word for word in between.split(_GIT_DASHED.sub(r"\1 ", text)) if word]


def values_apart(found: Iterable[Sequence[str]]) -> Iterator[list[str]]:
    """Take the values off short options: `-XDELETE`, or `-sXDELETE`, to `-sX DELETE`.

    Which letter takes a value is not known here, so each of the first ones may.
    """
    for words in found:
        if any(map(_BUNDLE.match, words)):
            for size in VALUE_AFTER_CHARS:
                yield [part for word in words for part in _cut(word, size)]


def _cut(word: str, size: int) -> Sequence[str]:
    if _BUNDLE.match(word) and len(word) > size:
        return word[:size], word[size:]
    return (word,)


def renames(command: str) -> bool:
    """Whether words of the command may stand elsewhere, or under another name."""
    return _RENAMING.search(command) is not None


def unknown_programs(command: str) -> Iterator[list[str]]:
    """The simple commands whose program the shell computes: `$x push`, `/bin/r? x`."""
    left = [_REDIRECT.sub(" ", _ANSI_C.sub(_decoded, command))]
    for _ in range(MAX_NESTING):
        inner: list[str] = []
        for text in left:
            plain = _without_substitutions(text, inner)
            yield from _computed(_VARIABLE.sub(WILDCARD, plain))
        left = inner


def _without_substitutions(text: str, inner: list[str]) -> str:
    """Put WILDCARD for each substitution, and its command into `inner`."""
    for _ in range(MAX_NESTING):
        for found in _SUBSTITUTION.finditer(text):
            inner.append(found[1] or found[2] or "")
        text, count = _SUBSTITUTION.subn(WILDCARD, text)
        if not count:
            break
    return text


def _computed(text: str) -> Iterator[list[str]]:
    plain = _QUOTED.sub(lambda found: _OPERATOR.sub("_", found[0]), text)
    plain = _ARITHMETIC.sub(" ", expanded(_QUOTES.sub("", plain)))
    for part in _OPERATOR.split(_GLOB.sub(WILDCARD, plain)):
        words = part.split()
        while words and (words[0] in _RESERVED or _ASSIGNMENT.fullmatch(words[0])):
            words.pop(0)
        starts = words[:1] and words[0].rpartition("/")[2] in _STARTING
        for place in range(len(words) if starts else 1):
            if WILDCARD in "".join(words[place : place + 1]):
                yield words[place:]


def _unescaped(found: re.Match[str]) -> str:
    return codecs.decode(found[0].replace("\\e", "\\x1b"), "unicode_escape")


def _decoded(found: re.Match[str]) -> str:
    try:
        return codecs.decode(found[1].encode("latin-1", "replace"), "unicode_escape")
    except ValueError:
        return WILDCARD


def _replaced(text: str) -> str:
    """Replace what the shell expands by its words, or by WILDCARD."""
    text = _VARIABLE.sub(WILDCARD, _without_substitutions(text, []))
    return _GLOB.sub(WILDCARD, expanded(text))
