import re
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Self

from sessions_app.streams.refusal import StreamRefusal, bad_request

DIGITS = 16  # of each half: as text, offsets of one epoch sort like their seqs
OFFSET = re.compile(r"([0-9a-f]{16})_([0-9]{16})", re.ASCII)
NO_EPOCH = "0" * DIGITS  # with seq 0 it is the beginning of any stream
BEGINNING, TAIL = "-1", "now"


@dataclass(frozen=True, slots=True)
class Offset:
    """A place in a session's log, as durable streams write it: `epoch_seq`."""

    epoch: str
    seq: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises StreamRefusal (400)."""
        found = OFFSET.fullmatch(text)
        if found is None:
            raise bad_request(
                f"offset: expected {BEGINNING}, {TAIL} or a Stream-Next-Offset"
            )
        return cls(found[1], int(found[2]))

    def __str__(self) -> str:
        return f"{self.epoch.zfill(DIGITS)}_{self.seq:0{DIGITS}}"

    def seq_in(self, epoch: str, tail: int) -> int:
        """Return the seq of this place in a log of that epoch and tail.

        Raises StreamRefusal (410) if the log was replaced since, or ends before it.
        """
        if self.epoch == NO_EPOCH and self.seq == 0:
            return 0
        if self.epoch != epoch.zfill(DIGITS) or self.seq > tail:
            raise StreamRefusal(
                HTTPStatus.GONE,
                "This offset is of a log that was replaced or redacted: read from -1.",
            )
        return self.seq


def asked_offset(given: Sequence[str]) -> str:
    """Return the `offset` of a query; none is the beginning. Raises StreamRefusal."""
    if len(given) > 1:
        raise bad_request("offset: send it once")
    if not given:
        return BEGINNING
    if given[0] not in {BEGINNING, TAIL}:
        Offset.parse(given[0])
    return given[0]
