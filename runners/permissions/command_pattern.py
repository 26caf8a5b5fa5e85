import fnmatch
import glob
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

from runners.permissions.command import WILDCARD, pattern_words

ANY = "*"  # as a whole word: any number of words


@dataclass(frozen=True, slots=True)
class CommandPattern:
    """The words of a command pattern, in which `*` matches anything: `git log *`.

    Matching goes word by word, like a path glob, so its time is bounded for every
    pattern: the whole runner waits meanwhile.
    """

    words: tuple[str, ...]  # each a glob
    spelled: int  # number of words before the first `*`

    @classmethod
    def parse(cls, pattern: str) -> Self | None:
        """Parse a pattern; None unless it is a single plain command."""
        words = pattern_words(pattern)
        if not words:
            return None
        spelled = next((n for n, w in enumerate(words) if WILDCARD in w), len(words))
        return cls(tuple(map(_glob, words)), spelled)

    def matches(self, found: Sequence[str]) -> bool:
        """Whether the pattern matches the whole command."""
        reached = {0}
        for word in self.words:
            is_any = word == ANY
            reached = _any(found, reached) if is_any else _step([word], found, reached)
        return len(found) in reached

    def stands_in(self, found: Sequence[str]) -> bool:
        """Whether the pattern's words occur anywhere; the program may have a path.

        Options and their values may stand between two words: `git --no-pager push`
        matches `git push`. An option of the pattern may follow any other words. A word
        with a WILDCARD may turn out to be any matching word, but at least one word has
        to match for certain.
        """
        everywhere = set(range(len(found) + 1))
        is_any = set(self.words) == {ANY}
        certain, possible = everywhere if is_any else set[int](), everywhere
        for number, word in enumerate(self.words):
            if number:
                certain = _onward(word, found, certain)
                possible = _onward(word, found, possible)
            if word == ANY:
                certain, possible = _any(found, certain), _any(found, possible)
                continue
            globs = (word,) if number else (word, f"*/{word}")
            certain, possible = (
                _step(globs, found, certain, _fits)
                | _step(globs, found, possible, _is),
                _step(globs, found, possible, _fits),
            )
        return bool(certain)


def _is(found: str, wanted: str) -> bool:
    return WILDCARD not in found and fnmatch.fnmatchcase(found, wanted)


def _fits(found: str, wanted: str) -> bool:
    """Whether a word is, or with its WILDCARD may become, the wanted one."""
    if WILDCARD not in found:
        return fnmatch.fnmatchcase(found, wanted)
    if "*" not in wanted:
        return fnmatch.fnmatchcase(wanted, _glob(found))
    return _agree(found.partition(WILDCARD)[0], wanted.partition("*")[0]) and _agree(
        found.rpartition(WILDCARD)[2][::-1], wanted.rpartition("*")[2][::-1]
    )


def _agree(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _step(
    globs: Sequence[str],
    found: Sequence[str],
    reached: set[int],
    matches: Callable[[str, str], bool] = _is,
) -> set[int]:
    """Match one word of a pattern; returns the positions in `found` after it."""
    return {
        place + 1
        for place in reached
        if place < len(found) and any(matches(found[place], glob) for glob in globs)
    }


def _any(found: Sequence[str], reached: set[int]) -> set[int]:
    return set(range(min(reached), len(found) + 1)) if reached else reached


def _onward(word: str, found: Sequence[str], reached: set[int]) -> set[int]:
    """Skip the options that may stand between two words of a denied command."""
    if word.startswith("-"):
        return _any(found, reached)
    options = {n for n in reached if n < len(found) and found[n][:1] == "-"}
    return reached | _any(found, options)


def _glob(word: str) -> str:
    if set(word) == {WILDCARD}:
        return ANY
    return "*".join(map(glob.escape, word.split(WILDCARD)))
