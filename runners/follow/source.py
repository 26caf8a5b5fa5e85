from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from runners.transcripts.entry import Entry
from sessions_app.protocol.wire import Json


@dataclass(frozen=True, slots=True)
class BadRecord:
    """An unreadable record: the reason, and the record's beginning."""

    key: str
    reason: str
    beginning: str


@dataclass(frozen=True, slots=True)
class Portion:
    """Some records of a transcript, and the position after them.

    `is_again`: the transcript was rewritten and is read from its beginning, so logged
    records are repeated. `is_end`: the transcript has no more records at present.
    """

    records: Sequence[Entry | BadRecord]
    position: Json
    is_again: bool
    is_end: bool


class TranscriptSource(Protocol):
    """Reads one transcript; never writes to it."""

    def read(self, position: Json, *, is_at_rest: bool) -> Portion:
        """Read records after a position; {} is the beginning. May block.

        `is_at_rest`: an unfinished last record counts as finished. Raises OSError.
        """
        ...
