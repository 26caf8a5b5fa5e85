from collections.abc import Iterable, Iterator
from typing import NamedTuple


class ServerSentEvent(NamedTuple):
    """One message of an event stream; `name` is "" and `id` None where it has none."""

    id: str | None
    name: str
    data: str


class EventStreamParser:
    """Reads an event stream line by line; lines come without their line ends.

    A blank line ends a message, so what a cut connection left unfinished is dropped. A
    comment (a heartbeat) makes no message.
    https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
    """

    def __init__(self) -> None:
        self._id: str | None = None
        self._name = ""
        self._data: list[str] = []

    def feed(self, line: str) -> ServerSentEvent | None:
        """Take a line; return the message that it ends, if it ends one."""
        if not line:
            return self._end()
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "id":
            self._id = value
        elif field == "event":
            self._name = value
        elif field == "data":
            self._data.append(value)
        return None

    def _end(self) -> ServerSentEvent | None:
        is_said = self._id is not None or self._name or self._data
        message = ServerSentEvent(self._id, self._name, "\n".join(self._data))
        self._id, self._name, self._data = None, "", []
        return message if is_said else None


def server_sent_events(lines: Iterable[str]) -> Iterator[ServerSentEvent]:
    """Read the messages of a stream's lines."""
    parser = EventStreamParser()
    for line in lines:
        if message := parser.feed(line):
            yield message
