import re
from dataclasses import dataclass
from typing import Self

from django.conf import settings

PART = re.compile(r'"([^"]*)"?|(\S+)')
BETWEEN_WORDS = re.compile(r"[\W_]+")


def words_of(text: str) -> list[str]:
    return [word for word in BETWEEN_WORDS.split(text) if word]


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that follow each other; `is_prefix`: the last may go on."""

    words: tuple[str, ...]
    is_prefix: bool

    @property
    def fts5(self) -> str:
        return f'"{" ".join(self.words)}"' + (" *" if self.is_prefix else "")

    @property
    def tsquery(self) -> str:
        return " <-> ".join(self.words) + (":*" if self.is_prefix else "")

    @property
    def pattern(self) -> str:
        end = "" if self.is_prefix else r"(?![^\W_])"
        return r"(?<![^\W_])" + r"[\W_]+".join(map(re.escape, self.words)) + end


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What somebody looks for: all of the phrases, anywhere in one event.

    `two words`, `"a phrase"`, `begin*`; letters' case does not matter.
    """

    phrases: tuple[Phrase, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        phrases = []
        for quoted, word in PART.findall(text[: settings.SEARCH_QUERY_MAX_CHARS]):
            if words := words_of(quoted or word):
                phrases.append(Phrase(tuple(words), word.endswith("*")))
        return cls(tuple(phrases))

    @property
    def fts5(self) -> str:
        return " AND ".join(phrase.fts5 for phrase in self.phrases)

    @property
    def tsquery(self) -> str:
        return " & ".join(f"({phrase.tsquery})" for phrase in self.phrases)

    @property
    def pattern(self) -> re.Pattern[str]:
        """Match any of the phrases in a text."""
        either = "|".join(phrase.pattern for phrase in self.phrases)
        return re.compile(either, re.IGNORECASE)
