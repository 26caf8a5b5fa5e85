"""Secrets that a log has covered and nobody here can uncover."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from sessions_app.masking.formats import FORMATS
from sessions_app.protocol.events import Event

STARS_MIN = 8  # a shorter row of stars may have another meaning
MASKS_MAX = 1_000  # collected from one log
_PREFIXES = "|".join(each.prefix.pattern for each in FORMATS)
_MASK = re.compile(rf"(?:{_PREFIXES})?\*{{{STARS_MIN},}}", re.ASCII)


def lost_masks(log: Iterable[Event]) -> frozenset[str]:
    """Return masked words (prefix and stars) whose originals cannot be read here."""
    found: set[str] = set()
    for event in log:
        if event.masked or event.more.get("redacted") is True:
            found |= {m for text in _strings(event) for m in _MASK.findall(text)}
        if len(found) > MASKS_MAX:
            break
    return frozenset(found)


def _strings(event: Event) -> Iterator[str]:
    yield from _texts(msgspec.to_builtins(event))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)
