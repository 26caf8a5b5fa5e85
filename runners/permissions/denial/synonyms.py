"""Other words for those of a denied command, from synonyms.toml.

A deny rule of `git push --force` means `git push -f` and `git push origin +main`, too.
"""

import fnmatch
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

from runners.permissions.command_pattern import ANY

Word = tuple[str, ...]  # the globs of one word: what the rule spells, then its synonyms
Words = tuple[str, ...]
ROOT = "programs"


@dataclass(frozen=True, slots=True)
class SynonymTable:
    """The synonyms of a program's, or a sub-command's, words."""

    words: tuple[Words, ...] = ()  # groups of one-word synonyms; the first is canonical
    options: tuple[Words, ...] = ()  # likewise, anywhere after the words before
    same: tuple[tuple[Words, ...], ...] = ()  # groups of spellings of several words
    is_abbreviated: bool = False  # a beginning of one of `words` stands for it

    @classmethod
    def parse(cls, entry: Mapping[str, Any]) -> Self:
        return cls(
            _groups(entry.get("words", "")),
            _groups(entry.get("options", "")),
            tuple(
                tuple(tuple(each.split()) for each in line.split("|"))
                for line in entry.get("same", ())
            ),
            entry.get("abbreviated", False),
        )

    def group_of(self, word: str) -> Words:
        """All names of the sub-commands that a word of a rule names; () if none."""
        found = [g for g in self.words if any(fnmatch.fnmatchcase(m, word) for m in g)]
        if not found and self.is_abbreviated and word != ANY:
            found = [g for g in self.words if any(m.startswith(word) for m in g)]
        names = tuple(name for group in found for name in group)
        return names + tuple(self._abbreviations(names))

    def _abbreviations(self, names: Words) -> Iterator[str]:
        """The beginnings of names which are not the whole name of another one."""
        if self.is_abbreviated:
            whole = {name for group in self.words for name in group}
            begins = {n[:size] for n in names for size in range(1, len(n))}
            yield from sorted(begins - whole)

    def options_of(self, word: str) -> Words:
        name = word.partition("*")[0] or word
        return next((g for g in self.options if name in g or word in g), ())

    def rewritten(self, words: Words) -> Iterator[Words]:
        """The words with other spellings of their beginning."""
        for group in self.same:
            for one in group:
                if _begin(words, one):
                    rest = words[len(one) :]
                    yield from (other + rest for other in group if other != one)


def _groups(text: str) -> tuple[Words, ...]:
    return tuple(tuple(group.split()) for group in text.split(",") if group.strip())


def _begin(words: Words, beginning: Words) -> bool:
    return (
        len(words) >= len(beginning)
        and ANY not in words[:1]
        and all(map(fnmatch.fnmatchcase, beginning, words))
    )


def _load(file: Path) -> Mapping[str, SynonymTable]:
    read = tomllib.loads(file.read_text(encoding="utf-8"))
    tables = {name: SynonymTable.parse(entry) for name, entry in read.items()}
    for name in list(tables):
        for first, *others in tables[name].same:
            canonical = " ".join((name, *first))
            for other in others if canonical in tables else ():
                tables.setdefault(" ".join((name, *other)), tables[canonical])
    return MappingProxyType(tables)


TABLES = _load(Path(__file__).with_name("synonyms.toml"))
NONE = SynonymTable()


def wordings(words: Words) -> Iterator[tuple[Word, ...]]:
    """Every wording of a rule's command: for each word its synonyms.

    They differ in their number of words: `docker run`, `docker container run`.
    """
    for one in dict.fromkeys((words, *TABLES[ROOT].rewritten(words))):
        yield _steps(one)
        for number in range(1, len(one)):
            table = TABLES.get(_context(one[:number]), NONE)
            for rest in table.rewritten(one[number:]):
                yield _steps(one[:number] + rest)


def _context(words: Words) -> str:
    """The name of the table for what follows these words, in canonical words."""
    context = ROOT
    for word in words:
        if not word.startswith("-"):
            context = _deeper(context, word)
    return context


def _deeper(context: str, word: str) -> str:
    name = (TABLES.get(context, NONE).group_of(word) or (word,))[0]
    inner = name if context == ROOT else f"{context} {name}"
    known = any(f"{each} ".startswith(f"{inner} ") for each in TABLES)
    return inner if known else context


def _steps(words: Words) -> tuple[Word, ...]:
    context, steps = ROOT, list[Word]()
    for number, word in enumerate(words):
        if number and word.startswith(("-", "+", ":")):
            steps += _options(word, _tables(context, ANY in words[:number]))
            continue
        names = TABLES.get(context, NONE).group_of(word) if word != ANY else ()
        steps.append(tuple(dict.fromkeys((word, *names))))
        context = _deeper(context, word)
    return tuple(steps)


def _tables(context: str, is_open: bool) -> list[SynonymTable]:
    """The tables that know the options of a command.

    `is_open`: the rule leaves open which sub-command it means, so all of them do.
    """
    words = context.split()
    found = [
        TABLES[path]
        for number in range(len(words), 0, -1)
        if (path := " ".join(words[:number])) in TABLES
    ]
    if is_open:
        found += [t for name, t in TABLES.items() if name.startswith(f"{context} ")]
    return found


def _options(word: str, tables: Sequence[SynonymTable]) -> Iterator[Word]:
    """An option's synonyms; those of each letter if it bundles known options."""
    for each in _letters(word, tables):
        names = (name for table in tables for name in table.options_of(each))
        yield tuple(dict.fromkeys((each, *names)))


def _letters(word: str, tables: Sequence[SynonymTable]) -> Words:
    letters = tuple(f"-{letter}" for letter in word.rstrip("*")[1:])
    is_bundle = word[0] == "-" and word[1:2] != "-" and len(letters) > 1
    known = (any(table.options_of(each) for table in tables) for each in letters)
    return letters if is_bundle and all(known) else (word,)
