from collections.abc import Awaitable, Callable, Iterable

from django.conf import settings

from runners.port.errors import RunFailed
from sessions_app.protocol.encoding import fit
from sessions_app.protocol.encoding.codec import encode
from sessions_app.protocol.events import Delta, Event

Keep = Callable[[bytes, int], Awaitable[str]]


async def fit_events(events: Iterable[Event], keep: Keep) -> list[Event]:
    """Make events fit the log: split deltas, cut others and keep their whole aside.

    Raises RunFailed for an event that is too large even for that.
    """
    return [small for event in events for small in await _fit(event, keep)]


async def _fit(event: Event, keep: Keep) -> list[Event]:
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
    return [fit.cut(event, await keep(data, len(data)), limit)]
