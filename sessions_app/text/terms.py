"""The index terms of a text, the same for every database.

Each position of a text has one word: an atom, or, in a script without spaces, a bigram
of two adjacent characters (the last one of a run stands alone). Some positions have
further terms: the parts of an identifier, and `c++` where the word is `c`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sessions_app.text.atoms import Atom, atoms
from sessions_app.text.folding import folded

TERM_MAX_CHARS = 100  # longer terms are cut, in the index and in queries


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one text: its words in order, and further terms by position."""

    words: list[str]
    parts: list[tuple[int, str]]  # position from 0, term


def terms_of(text: str) -> Terms:
    words: list[str] = []
    parts: list[tuple[int, str]] = []
    for run in runs(atoms(folded(text))):
        for place, atom in enumerate(run):
            parts += ((len(words), part) for part in _parts(atom))
            words.append(word(run, place))
    return Terms(words, parts)


def runs(found: Iterable[Atom]) -> Iterator[list[Atom]]:
    """Group adjacent unspaced characters into runs; any other atom is its own run."""
    run: list[Atom] = []
    for atom in found:
        if run and not _goes_on(run[-1], atom):
            yield run
            run = []
        run.append(atom)
    if run:
        yield run


def _goes_on(one: Atom, next_: Atom) -> bool:
    return one.is_unspaced and next_.is_unspaced and one.end == next_.start


def word(run: list[Atom], place: int) -> str:
    """Return the word at a position of a run."""
    return term("".join(atom.text for atom in run[place : place + 2]))


def term(text: str) -> str:
    return text.casefold()[:TERM_MAX_CHARS]


def _parts(atom: Atom) -> Iterator[str]:
    if atom.kind != "letters":
        return
    if atom.sign:
        yield term(atom.text) + atom.sign
    if cuts := atom.humps:
        starts, ends = [0, *cuts], [*cuts, len(atom.text)]
        for start in starts:
            for end in ends:
                if start < end and (start or end < len(atom.text)):
                    yield term(atom.text[start:end])
            if start and atom.sign:
                yield term(atom.text[start:]) + atom.sign
