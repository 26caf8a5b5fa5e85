import time
from collections.abc import Iterator

import httpx2
import msgspec

from runners.remote.errors import RemoteError
from sessions_app.protocol.backoff import Backoff
from sessions_app.protocol.encoding.server_sent_events import server_sent_events

RETRY_FIRST_S = 0.25  # doubles with each retry
RETRY_MAX_S = 5.0
SILENCE_MAX_S = 45.0  # the server sends a heartbeat every 15 s
BUSY = (429, 503)


class RemoteEvents:
    """The events of a session and its sub-agents, read from a server.

    Iterating yields the JSON of one event after the other, for ever: the log, then what
    is appended; and None whenever one session's log has been read to its end. After a
    lost connection the stream goes on behind the last event.
    """

    def __init__(self, client: httpx2.Client, session_id: str) -> None:
        self._client = client
        self._path = f"sessions/{session_id}/events"
        self._last_id = ""
        self.live: set[str] = set()  # the sessions whose logs so far have been read

    def __iter__(self) -> Iterator[str | None]:
        backoff = Backoff(RETRY_FIRST_S, RETRY_MAX_S)
        while True:
            try:
                for event in self._read():
                    backoff = Backoff(RETRY_FIRST_S, RETRY_MAX_S)
                    yield event
            except httpx2.TransportError:
                pass  # the server is away or was restarted
            time.sleep(backoff.next_s())

    def _read(self) -> Iterator[str | None]:
        headers = {"Accept": "text/event-stream", "Last-Event-ID": self._last_id}
        with self._client.stream(
            "GET",
            self._path,
            params={"tree": "1"},
            headers=headers,
            timeout=SILENCE_MAX_S,
        ) as answer:
            if answer.status_code in BUSY:
                return
            if answer.status_code != 200:
                answer.read()
                raise RemoteError.of(answer)
            yield from self._events(answer.iter_lines())

    def _events(self, lines: Iterator[str]) -> Iterator[str | None]:
        for id_, name, data in server_sent_events(lines):
            self._last_id = self._last_id if id_ is None else id_
            if name in {"live", "left_out"}:
                self.live.add(msgspec.json.decode(data)["session"])
                yield None
            elif name == "end":
                raise RemoteError(msgspec.json.decode(data)["reason"])
            elif data and not name:
                yield data
