import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

from sessions_app.text.atoms import SIGN, Atom, atoms, between, is_boundary
from sessions_app.text.folding import folded
from sessions_app.text.terms import runs, term, word

Span = tuple[int, int]


@dataclass(frozen=True)
class Phrase:
    """A sequence of adjacent atoms; `is_prefix`: the last may be longer in a text.

    A match begins and ends at a boundary (`is_boundary`): `getUser` matches in
    `getUserByID`, but not in `widgetUser`. Any separator may stand between its words.
    """

    text: str  # folded
    atoms: tuple[Atom, ...]
    is_prefix: bool

    @classmethod
    def of(cls, text: str, is_prefix: bool) -> "Phrase | None":
        """Parse a phrase; None if the text has no atom."""
        read = folded(text)
        found = tuple(atoms(read))
        return cls(read, found, is_prefix and not found[-1].sign) if found else None

    # --- for the index's query ---------------------------------------------------

    @cached_property
    def words(self) -> list[str]:
        """The word at each position, the same words as `terms_of` yields for a text.

        In a script without spaces the last character is left out if another precedes
        it: in a text the run may continue, and its last word would be another one.
        """
        found = []
        for run in runs(self.atoms):
            found += [word(run, place) for place in range(len(run))]
        if self._ends_unspaced and len(self.atoms) > 1:
            one, last = self.atoms[-2:]
            if one.is_unspaced and one.end == last.start:
                found.pop()
        return found

    @property
    def may_go_on(self) -> bool:
        """True if the index must search the last word as a prefix."""
        return self.is_prefix or (self._ends_unspaced and self._is_alone)

    @property
    def signed(self) -> list[str]:
        """The terms with a sign, such as `c++`."""
        return [term(a.text) + a.sign for a in self.atoms if a.sign]

    @property
    def _ends_unspaced(self) -> bool:
        return self.atoms[-1].is_unspaced

    @property
    def _is_alone(self) -> bool:
        """True if the last atom is not part of a run of unspaced characters."""
        if len(self.atoms) == 1:
            return True
        one, last = self.atoms[-2:]
        return not one.is_unspaced or one.end != last.start

    # --- matching a text ---------------------------------------------------------

    def spans(self, text: str, caseless: str) -> Iterator[Span]:
        """Yield the phrase's matches in a folded text.

        `text` has its case, `caseless` is the same text casefolded; the offsets are
        valid for both.
        """
        at = 0
        while found := self.pattern.search(caseless, at):
            start, end = found.span()
            ends = self.is_prefix or self.atoms[-1].sign or is_boundary(text, end)
            if ends and is_boundary(text, start):
                yield start, end
                at = end
            else:
                at = start + 1

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The regular expression of the phrase, without its boundaries."""
        first = self.atoms[0]
        parts = [re.escape(first.text.casefold()) + _sign(first)]
        for one, next_ in pairwise(self.atoms):
            ended = one.end + len(one.sign)
            parts.append("" if ended == next_.start else between())
            parts.append(re.escape(next_.text.casefold()) + _sign(next_))
        return _compiled("".join(parts))


def _sign(atom: Atom) -> str:
    return f"(?={SIGN}){re.escape(atom.sign)}" if atom.sign else ""


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
