"""Finds the words of a deny rule in a command, wherever and however they stand.

Which other words mean the same, `synonyms.py` knows.
"""

import fnmatch
import glob
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from runners.permissions.command import WILDCARD
from runners.permissions.command_pattern import ANY, after_any, as_glob
from runners.permissions.denial.synonyms import Word

ABBREVIATED_MIN_CHARS = 3  # shortest abbreviation of a long option, such as --f
_BUNDLE = re.compile(r"-[A-Za-z0-9]{1,8}")  # short options: -rf
_DENIED_BUNDLE = re.compile(r"-[A-Za-z0-9]{1,3}")


@dataclass(frozen=True, slots=True)
class DeniedWords:
    """One wording of a command pattern, as a deny rule looks for it.

    The program may have a path, a version (`pip3`) and other letter case. Options and
    their values may stand between two words: `git --no-pager push` matches `git push`.
    An option of the pattern may be abbreviated, bundled with others, and follow any
    other words. A word with a WILDCARD may turn out to be any matching word.
    """

    words: tuple[Word, ...]

    @property
    def has_options(self) -> bool:
        return any(map(_is_option, self.words[1:]))

    def stand_in(self, found: Sequence[str]) -> bool:
        """Whether the words occur in this order; at least one has to for certain."""
        everywhere = set(range(len(found) + 1))
        is_any = set(self.words) == {(ANY,)}
        certain, possible = everywhere if is_any else set[int](), everywhere
        for number, word in enumerate(self.words):
            if ANY in word:
                certain = after_any(found, certain)
                possible = after_any(found, possible)
            elif number and _is_option(word):
                certain, possible = (
                    _option(word, found, certain, _is)
                    | _option(word, found, possible, _is),
                    _option(word, found, possible, _fits),
                )
            else:
                globs = word if number else _program(word)
                if number:
                    certain, possible = _skip(found, certain), _skip(found, possible)
                folds = not number
                certain, possible = (
                    _step(globs, found, certain, _fits, folds=folds)
                    | _step(globs, found, possible, _is, folds=folds),
                    _step(globs, found, possible, _fits, folds=folds),
                )
        return bool(certain)

    def are_scattered_in(self, found: Sequence[str]) -> bool:
        """Whether each of the words occurs somewhere, in any order."""
        everywhere = set(range(len(found) + 1))
        return all(
            _step(word, found, everywhere, _is, folds=False)
            if number
            else _step(_program(word), found, everywhere, _is, folds=True)
            for number, word in enumerate(self.words)
            if ANY not in word
        )

    def may_begin(self, found: Sequence[str]) -> bool:
        """Whether a command whose program is computed may turn out to be this one."""
        if set("".join(found)) == {WILDCARD} and len(found) == 1:
            return True  # it may become any words
        reached = {0}
        for number, word in enumerate(self.words):
            if ANY in word:
                reached = after_any(found, reached)
            elif number and _is_option(word):
                reached = _option(word, found, reached, _fits)
            else:
                reached = _skip(found, reached) if number else reached
                globs = word if number else _program(word)
                reached = _step(globs, found, reached, _fits, folds=not number)
        return bool(reached)


def _is_option(word: Word) -> bool:
    return any(name.startswith("-") for name in word)


def _program(word: Word) -> Word:
    """Globs of a program's names: with a path, with a version."""
    names = [each for name in word for each in (name, f"{name}[0-9]*")]
    return (*names, *(f"*/{name}" for name in names))


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
    *,
    folds: bool,
) -> set[int]:
    """Match one word of a pattern; returns the positions in `found` after it."""
    wanted = [each.casefold() for each in globs] if folds else list(globs)
    return {
        place + 1
        for place in reached
        if place < len(found)
        and any(
            matches(found[place].casefold() if folds else found[place], each)
            for each in wanted
        )
    }


def _skip(found: Sequence[str], reached: set[int]) -> set[int]:
    """Skip what may stand between two words of a denied command: -C x, +nightly."""
    options = {n for n in reached if n < len(found) and found[n].startswith(("-", "+"))}
    return reached | after_any(found, options)


def _option(
    word: Word,
    found: Sequence[str],
    reached: set[int],
    matches: Callable[[str, str], bool],
) -> set[int]:
    """Match an option anywhere after the words before it."""
    if not reached:
        return set()
    later = found[min(reached) :]
    if any(matches(each, name) for name in word for each in _spellings(name, later)):
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
