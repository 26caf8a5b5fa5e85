import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from sessions_app.protocol.websocket_frame import websocket_frame

TS = re.compile(r'"ts":(\d{1,15})\b')
TS_WITHIN_CHARS = 200  # it comes right after type, session and seq


@dataclass(frozen=True)
class Batch:
    """The log of one session between `after` (excluded) and `up_to` (included).

    `body` is the events' JSON, joined by commas; None where a batch was too large
    to travel: whoever gets it reads the log.
    """

    session_id: str
    after: int
    up_to: int
    count: int
    body: str | None

    @property
    def size(self) -> int:
        """Characters, near enough to bytes for the limits."""
        return len(self.body or "")

    @property
    def ts(self) -> int | None:
        """The first event's time, ms since 1970, without decoding it."""
        found = TS.search(self.body or "", 0, TS_WITHIN_CHARS)
        return int(found[1]) if found else None

    @property
    def text(self) -> str:
        """The `events` frame."""
        return (
            f'{{"type":"events","session":"{self.session_id}","after":{self.after},'
            f'"upTo":{self.up_to},"events":[{self.body or ""}]}}'
        )

    @cached_property
    def frame(self) -> bytes:
        """The same as a WebSocket's bytes, built once for all viewers in step."""
        return websocket_frame(self.text.encode())


def join(batches: Sequence[Batch]) -> Batch:
    """Join batches that continue each other into one."""
    return Batch(
        session_id=batches[0].session_id,
        after=batches[0].after,
        up_to=batches[-1].up_to,
        count=sum(batch.count for batch in batches),
        body=",".join(batch.body for batch in batches if batch.body),
    )
