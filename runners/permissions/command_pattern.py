import fnmatch
import glob
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from runners.permissions.command import WILDCARD, pattern_words

ANY = "*"  # as a word of its own: any words, or none


@dataclass(frozen=True, slots=True)
class CommandPattern:
    """The words of a command, of which `*` stands for any: `git log *`.

    They are matched word by word, like the names of a path by a glob, so no command
    takes long, whatever the pattern: the whole runner waits meanwhile.
    """

    words: tuple[str, ...]  # each a glob

    @classmethod
    def parse(cls, pattern: str) -> Self | None:
        """Read a pattern; None where it is anything but one plain command."""
        words = pattern_words(pattern)
        return cls(tuple(map(_glob, words))) if words else None

    @property
    def names_program(self) -> bool:
        """Whether it says which program it means."""
        return "*" not in self.words[0]

    def matches(self, found: Sequence[str]) -> bool:
        """Match a whole command."""
        reached = {0}
        for word in self.words:
            reached = _step(word, found, reached)
        return len(found) in reached

    def stands_in(self, found: Sequence[str]) -> bool:
        """Find its words anywhere in others, a path before its program or none.

        Between two of them may stand what an option begins, such as a value of its
        own: `git --no-pager push` pushes, as `git push` does.
        """
        program, *arguments = self.words
        everywhere = set(range(len(found) + 1))
        reached = _step(program, found, everywhere)
        reached |= _step(f"*/{program}", found, everywhere)
        for word in arguments:
            options = [n for n in reached if n < len(found) and found[n][:1] == "-"]
            reached |= set(range(min(options), len(found))) if options else set()
            reached = _step(word, found, reached)
        return bool(reached)


def _step(word: str, found: Sequence[str], reached: set[int]) -> set[int]:
    """Match one word of a pattern; answers where in `found` we may be then."""
    if not reached:
        return reached
    if word == ANY:
        return set(range(min(reached), len(found) + 1))
    return {
        place + 1
        for place in reached
        if place < len(found) and fnmatch.fnmatchcase(found[place], word)
    }


def _glob(word: str) -> str:
    if set(word) == {WILDCARD}:
        return ANY
    return "*".join(map(glob.escape, word.split(WILDCARD)))
