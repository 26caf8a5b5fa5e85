from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from runners.transcripts.entry import Entry
from sessions_app.protocol.wire import Json


@dataclass(frozen=True, slots=True)
class BadRecord:
    """A record that could not be read: why, and how it begins."""

    key: str
    reason: str
    beginning: str


@dataclass(frozen=True, slots=True)
class Portion:
    """Some records of a transcript, and the position after them.

    `is_again`: the transcript was rewritten, and is read from its beginning: records
    that are in the log already come again. `is_end`: there are no more for now.
    """

    records: Sequence[Entry | BadRecord]
    position: Json
    is_again: bool
    is_end: bool


class TranscriptSource(Protocol):
    """Reads one transcript; nothing is ever written into it."""

    def read(self, position: Json, *, is_at_rest: bool) -> Portion:
        """Read what comes after a position; {} is the beginning. May block.

        `is_at_rest`: what looks unfinished will not go on. Raises OSError.
        """
        ...
