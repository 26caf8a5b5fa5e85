from collections.abc import Iterable

from django.conf import settings

from runners.run_failed import RunFailed
from sessions_app.output_store import keep
from sessions_app.protocol import fit
from sessions_app.protocol.codec import encode
from sessions_app.protocol.events import Delta, Event
from sessions_app.reader import Reader


class Shelf:
    """Keeps beside a session's log what is too large for it."""

    def __init__(self, reader: Reader, session_id: str) -> None:
        self._reader = reader
        self._session_id = session_id

    async def keep(self, data: bytes, total_bytes: int) -> str:
        """Store an output, or the beginning of it; it is there when this returns."""
        return await self._reader.read(keep, self._session_id, data, total_bytes)

    async def fit(self, events: Iterable[Event]) -> list[Event]:
        """Make events fit the log: deltas are split, others cut and kept whole.

        Raises RunFailed for what is too large even for that.
        """
        return [small for event in events for small in await self._fit(event)]

    async def _fit(self, event: Event) -> list[Event]:
        limit: int = settings.EVENT_MAX_BYTES
        if isinstance(event, Delta):
            return [*fit.split(event, limit)]
        data = encode(event).encode()
        if len(data) + fit.FRAME_BYTES <= limit:
            return [event]
        if len(data) > settings.WHOLE_MAX_BYTES:
            raise RunFailed(
                "event_too_large",
                f"a {event.wire_type()} event of {len(data):,} bytes is over"
                f" WHOLE_MAX_BYTES ({settings.WHOLE_MAX_BYTES:,})",
            )
        return [fit.cut(event, await self.keep(data, len(data)), limit)]
