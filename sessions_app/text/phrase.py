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
    """Atoms that follow each other; `is_prefix`: the last may go on.

    A phrase stands in a text from one boundary to another (`is_boundary`): `getUser` in
    `getUserByID`, not in `widgetUser`. Its words may be parted by whatever parts words.
    """

    text: str  # folded
    atoms: tuple[Atom, ...]
    is_prefix: bool

    @classmethod
    def of(cls, text: str, is_prefix: bool) -> "Phrase | None":
        """Read a phrase; None where a text has no atom."""
        read = folded(text)
        found = tuple(atoms(read))
        return cls(read, found, is_prefix and not found[-1].sign) if found else None

    # --- what an index is asked --------------------------------------------------

    @cached_property
    def words(self) -> list[str]:
        """The word of each position, as `terms_of` gives them for the whole text.

        The last character of a script without spaces is left out where another stands
        before it: in a text the run may go on.
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
        """The index finds the last word by its beginning."""
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
        """The last character has none of its kind right before it."""
        if len(self.atoms) == 1:
            return True
        one, last = self.atoms[-2:]
        return not one.is_unspaced or one.end != last.start

    # --- where it stands in a text -----------------------------------------------

    def spans(self, text: str, caseless: str) -> Iterator[Span]:
        """Find where it stands in a folded text, given with its case and without."""
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
        """Match the letters of the phrase, whatever stands around them."""
        first = self.atoms[0]
        said = [re.escape(first.text.casefold()) + _sign(first)]
        for one, next_ in pairwise(self.atoms):
            ended = one.end + len(one.sign)
            said.append("" if ended == next_.start else between())
            said.append(re.escape(next_.text.casefold()) + _sign(next_))
        return _compiled("".join(said))


def _sign(atom: Atom) -> str:
    return f"(?={SIGN}){re.escape(atom.sign)}" if atom.sign else ""


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
