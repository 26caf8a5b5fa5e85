from collections.abc import Iterable, Iterator
from typing import NamedTuple


class ServerSentEvent(NamedTuple):
    """One message of an event stream; `name` is "" and `id` None where it has none."""

    id: str | None
    name: str
    data: str


def server_sent_events(lines: Iterable[str]) -> Iterator[ServerSentEvent]:
    """Parse a stream's lines, given without their line ends.

    A blank line ends a message, so what a cut connection left unfinished is dropped. A
    comment (a heartbeat) makes no message.
    https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
    """
    id_, name, data = None, "", list[str]()
    for line in lines:
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "id":
            id_ = value
        elif field == "event":
            name = value
        elif field == "data":
            data.append(value)
        elif not line:
            if id_ is not None or name or data:
                yield ServerSentEvent(id_, name, "\n".join(data))
            id_, name, data = None, "", []
