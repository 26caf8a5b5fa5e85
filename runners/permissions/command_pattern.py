import fnmatch
import glob
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from runners.permissions.command import WILDCARD, pattern_words

ANY = "*"  # as a whole word: any number of words
ANYTHING = WILDCARD * 2  # as the last word: any words, whatever they make it do
_PARENT = re.compile(r"(?:[/=:,]|^(?:-\w)?)\.\.(?=/|$)")
_HOST_END = re.compile(r"[/?#\\]")  # ends the host of a URL


@dataclass(frozen=True, slots=True)
class CommandPattern:
    """The words of a command pattern, in which `*` matches anything: `git log *`.

    Matching goes word by word, like a path glob, so its time is bounded for every
    pattern: the whole runner waits meanwhile.
    """

    words: tuple[str, ...]  # each a glob
    spelled: int  # number of words before the first `*`
    covers_all: bool = False  # it ends with `**`: whatever follows is covered

    @classmethod
    def parse(cls, pattern: str) -> Self | None:
        """Parse a pattern; None unless it is a single plain command."""
        words = pattern_words(pattern)
        if not words:
            return None
        spelled = next((n for n, w in enumerate(words) if WILDCARD in w), len(words))
        covers_all = words[-1] == ANYTHING
        if (covers_all and spelled != len(words) - 1) or words[0] == ANYTHING:
            return None
        return cls(tuple(map(as_glob, words)), spelled, covers_all)

    def matches(self, found: Sequence[str]) -> bool:
        """Whether the pattern matches the whole command, for an allow rule."""
        reached = {0}
        for word in self.words:
            reached = (
                after_any(found, reached)
                if word == ANY
                else {
                    place + 1
                    for place in reached
                    if place < len(found) and _stays_in(word, found[place])
                }
            )
        return len(found) in reached


def after_any(found: Sequence[str], reached: set[int]) -> set[int]:
    """The positions in `found` after any number of words."""
    return set(range(min(reached), len(found) + 1)) if reached else reached


def as_glob(word: str) -> str:
    if set(word) == {WILDCARD}:
        return ANY
    return "*".join(map(glob.escape, word.split(WILDCARD)))


def _stays_in(wanted: str, found: str) -> bool:
    """Match one word; a `*` within it leaves neither a directory nor a URL's host."""
    return (
        fnmatch.fnmatchcase(found, wanted)
        and len(_PARENT.findall(found)) <= len(_PARENT.findall(wanted))
        and _is_host(wanted, found)
    )


def _is_host(wanted: str, found: str) -> bool:
    """Whether the URL's host is meant: a last `*` of a host stands for a port alone.

    `https://example.com*` does not match example.com.evil.org.
    """
    pattern = wanted.partition("://")[2].partition("/")[0]
    if "*" not in pattern or pattern == ANY:
        return True
    host = _HOST_END.split(found.partition("://")[2], maxsplit=1)[0]
    start, star = pattern.removesuffix("*"), pattern.endswith("*")
    names = (re.escape(part) for part in start.split("*"))
    return re.fullmatch(r"[\w.-]*".join(names) + r"(:\d*)?" * star, host) is not None
