"""How a resumed agent is told of what its log has covered and cannot uncover."""

from collections.abc import Iterable, Sequence

import msgspec

from sessions_app.protocol.events import Delta, Event, Thinking, ToolResult

NOTE = (
    "[The session's log has covered secrets in this with stars, and cannot give them "
    "back here. Read it again before you use it or write it.]"
)


def marked(event: Event) -> Event:
    """Mark a masked event whose original is lost, as the agent is to know it."""
    if not event.masked:
        return event
    match event:
        case ToolResult(output=output):
            return msgspec.structs.replace(event, output=f"{output}\n{NOTE}")
        case Thinking():
            # The API takes no thinking other than what it has signed.
            return msgspec.structs.replace(event, signature="")
    return event


def left_masked(finals: Iterable[Event], log: Sequence[Event]) -> list[Event]:
    """Mark those finals, made of deltas that were masked, as masked."""
    streams = {e.stream for e in log if isinstance(e, Delta) and e.masked}
    return [
        msgspec.structs.replace(final, masked=final.masked or final.stream in streams)
        for final in finals
    ]
