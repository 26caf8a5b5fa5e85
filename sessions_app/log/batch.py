import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from sessions_app.protocol.encoding.websocket_frame import websocket_frame

TS = re.compile(r'"ts":(\d{1,15})\b')
TS_WITHIN_CHARS = 200  # "ts" comes right after type, session and seq


@dataclass(frozen=True)
class Batch:
    """The log of one session between `after` (excluded) and `up_to` (included).

    `body` is the events' JSON, joined by commas. `body` is None if the batch was too
    large for a layer message; the receiver then reads the events from the log.
    """

    session_id: str
    after: int
    up_to: int
    count: int
    body: str | None

    @property
    def size(self) -> int:
        """The body's size in characters, close enough to bytes for the limits."""
        return len(self.body or "")

    @property
    def ts(self) -> int | None:
        """The first event's `ts` (ms since 1970), found without decoding the event."""
        found = TS.search(self.body or "", 0, TS_WITHIN_CHARS)
        return int(found[1]) if found else None

    @property
    def text(self) -> str:
        """The `events` frame as JSON text."""
        return (
            f'{{"type":"events","session":"{self.session_id}","after":{self.after},'
            f'"upTo":{self.up_to},"events":[{self.body or ""}]}}'
        )

    @cached_property
    def frame(self) -> bytes:
        """The `events` frame as WebSocket bytes, built once and shared by viewers."""
        return websocket_frame(self.text.encode())


def join(batches: Sequence[Batch]) -> Batch:
    """Join consecutive batches of one session into one."""
    return Batch(
        session_id=batches[0].session_id,
        after=batches[0].after,
        up_to=batches[-1].up_to,
        count=sum(batch.count for batch in batches),
        body=",".join(batch.body for batch in batches if batch.body),
    )
