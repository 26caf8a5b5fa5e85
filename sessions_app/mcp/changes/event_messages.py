from collections.abc import AsyncIterator
from typing import NamedTuple


class EventMessage(NamedTuple):
    """One message of the stream of all sessions; `name` is "" for an event."""

    id: str
    name: str
    data: str


async def event_messages(lines: AsyncIterator[str]) -> AsyncIterator[EventMessage]:
    """Parse a stream's lines; a message has the last id that was sent before its end.

    https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
    """
    id_, name, data = "", "", list[str]()
    async for line in lines:
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "id":
            id_ = value
        elif field == "event":
            name = value
        elif field == "data":
            data.append(value)
        elif not line:
            yield EventMessage(id_, name, "\n".join(data))
            name, data = "", []
