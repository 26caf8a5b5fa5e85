import re
from dataclasses import dataclass
from typing import Self

from django.conf import settings

from sessions_app.text.folding import folded
from sessions_app.text.phrase import Phrase, Span

PART = re.compile(r'"([^"]*)"?|(\S+)')


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """A search query: an event matches if it contains all of the phrases.

    Syntax: `two words`, `"a phrase"`, `begin*`; case and accents are ignored. A query
    without phrases (punctuation only) matches nothing.
    """

    phrases: tuple[Phrase, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        text = text[: settings.SEARCH_QUERY_MAX_CHARS]
        read = [
            Phrase.of(quoted or word, word.endswith("*"))
            for quoted, word in PART.findall(text)
        ]
        return cls(tuple(phrase for phrase in read if phrase))

    def stands_in(self, text: str) -> bool:
        """Return whether a text contains every phrase."""
        text = folded(text)
        caseless = text.casefold()
        return all(next(phrase.spans(text, caseless), None) for phrase in self.phrases)

    def spans(self, text: str) -> list[Span]:
        """Return all phrases' matches in a folded text, in order, without overlaps."""
        caseless = text.casefold()
        found = sorted(
            span for phrase in self.phrases for span in phrase.spans(text, caseless)
        )
        apart: list[Span] = []
        for span in found:
            if not apart or span[0] >= apart[-1][1]:
                apart.append(span)
        return apart
