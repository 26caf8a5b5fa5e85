"""Finds the words of a deny rule in a command, wherever and however they stand."""

import fnmatch
import glob
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from runners.permissions.command import WILDCARD
from runners.permissions.command_pattern import ANY, CommandPattern, after_any, as_glob

ABBREVIATED_MIN_CHARS = 4  # shortest abbreviation of a long option, such as --fo
_BUNDLE = re.compile(r"-[A-Za-z0-9]{1,8}")  # short options: -rf
_DENIED_BUNDLE = re.compile(r"-[A-Za-z0-9]{1,3}")


@dataclass(frozen=True, slots=True)
class DeniedWords:
    """The words of a command pattern, as a deny rule looks for them.

    The program may have a path, a version (`pip3`) and other letter case. Options and
    their values may stand between two words: `git --no-pager push` matches `git push`.
    An option of the pattern may be abbreviated, bundled with others, and follow any
    other words. A word with a WILDCARD may turn out to be any matching word.
    """

    pattern: CommandPattern

    def stand_in(self, found: Sequence[str]) -> bool:
        """Whether the words occur in this order; at least one has to for certain."""
        everywhere = set(range(len(found) + 1))
        is_any = set(self.pattern.words) == {ANY}
        certain, possible = everywhere if is_any else set[int](), everywhere
        for number, word in enumerate(self.pattern.words):
            if word == ANY:
                certain = after_any(found, certain)
                possible = after_any(found, possible)
            elif number and word.startswith("-"):
                certain, possible = (
                    _option(word, found, certain, _is)
                    | _option(word, found, possible, _is),
                    _option(word, found, possible, _fits),
                )
            else:
                globs = _program(word) if not number else (word,)
                if number:
                    certain, possible = _skip(found, certain), _skip(found, possible)
                certain, possible = (
                    _step(globs, found, certain, _fits)
                    | _step(globs, found, possible, _is),
                    _step(globs, found, possible, _fits),
                )
        return bool(certain)

    def are_scattered_in(self, found: Sequence[str]) -> bool:
        """Whether each of the words occurs somewhere, in any order."""
        everywhere = set(range(len(found) + 1))
        return all(
            _step(_program(word) if not number else (word,), found, everywhere, _is)
            for number, word in enumerate(self.pattern.words)
            if word != ANY
        )

    def may_begin(self, found: Sequence[str]) -> bool:
        """Whether a command whose program is computed may turn out to be this one."""
        if set("".join(found)) == {WILDCARD} and len(found) == 1:
            return True  # it may become any words
        reached = {0}
        for number, word in enumerate(self.pattern.words):
            if word == ANY:
                reached = after_any(found, reached)
            elif number and word.startswith("-"):
                reached = _option(word, found, reached, _fits)
            else:
                reached = _skip(found, reached) if number else reached
                globs = (word,) if number else _program(word)
                reached = _step(globs, found, reached, _fits)
        return bool(reached)


def _program(word: str) -> tuple[str, ...]:
    """Globs of a program's names: with a path, with a version."""
    versioned = f"{word}[0-9]*"
    return (word, f"*/{word}", versioned, f"*/{versioned}")


def _is(found: str, wanted: str) -> bool:
    return WILDCARD not in found and fnmatch.fnmatchcase(found, wanted)


def _fits(found: str, wanted: str) -> bool:
    """Whether a word is, or with its WILDCARD may become, the wanted one."""
    if WILDCARD not in found:
        return fnmatch.fnmatchcase(found, wanted)
    if "*" not in wanted:
        return fnmatch.fnmatchcase(wanted, as_glob(found))
    return _agree(found.partition(WILDCARD)[0], wanted.partition("*")[0]) and _agree(
        found.rpartition(WILDCARD)[2][::-1], wanted.rpartition("*")[2][::-1]
    )


def _agree(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _step(
    globs: Sequence[str],
    found: Sequence[str],
    reached: set[int],
    matches: Callable[[str, str], bool],
) -> set[int]:
    """Match one word of a pattern; returns the positions in `found` after it."""
    folded = [glob.casefold() for glob in globs] if len(globs) > 1 else list(globs)
    return {
        place + 1
        for place in reached
        if place < len(found)
        and any(
            matches(found[place].casefold() if len(globs) > 1 else found[place], each)
            for each in folded
        )
    }


def _skip(found: Sequence[str], reached: set[int]) -> set[int]:
    """Skip the options that may stand between two words of a denied command."""
    options = {n for n in reached if n < len(found) and found[n][:1] == "-"}
    return reached | after_any(found, options)


def _option(
    word: str,
    found: Sequence[str],
    reached: set[int],
    matches: Callable[[str, str], bool],
) -> set[int]:
    """Match an option anywhere after the words before it."""
    if not reached:
        return set()
    later = found[min(reached) :]
    if any(matches(each, word) for each in _spellings(word, later)):
        return after_any(found, reached)
    return set()


def _spellings(word: str, found: Sequence[str]) -> Iterator[str]:
    """The words found, and the option itself where they abbreviate or bundle it."""
    yield from found
    name = word.partition("*")[0]
    plain = name if name == glob.escape(name) else ""
    if word.startswith("--"):
        given = (each.partition("=")[0] for each in found if each.startswith("--"))
        if any(
            len(each) >= ABBREVIATED_MIN_CHARS and plain.startswith(each)
            for each in given
        ):
            yield plain
    elif _DENIED_BUNDLE.fullmatch(plain):
        letters = {c for each in found if _BUNDLE.fullmatch(each) for c in each[1:]}
        if set(plain[1:]) <= letters:
            yield plain
