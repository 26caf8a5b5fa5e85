"""Tells a resumed agent which text its log has masked beyond recovery."""

from collections.abc import Iterable, Sequence

import msgspec

from sessions_app.protocol.events import Delta, Event, Thinking, ToolResult

NOTE = (
    "[The session's log has covered secrets in this with stars, and cannot give them "
    "back here. Read it again before you use it or write it.]"
)


def marked(event: Event) -> Event:
    """Adapt a masked event whose original is lost, before the agent reads it.

    A tool result gets a note; thinking loses its signature.
    """
    if not event.masked:
        return event
    match event:
        case ToolResult(output=output):
            return msgspec.structs.replace(event, output=f"{output}\n{NOTE}")
        case Thinking():
            # The API accepts only the exact thinking text that it signed.
            return msgspec.structs.replace(event, signature="")
    return event


def left_masked(finals: Iterable[Event], log: Sequence[Event]) -> list[Event]:
    """Set `masked` on the finals that were assembled from masked deltas."""
    streams = {e.stream for e in log if isinstance(e, Delta) and e.masked}
    return [
        msgspec.structs.replace(final, masked=final.masked or final.stream in streams)
        for final in finals
    ]
