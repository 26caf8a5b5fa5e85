import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin


class Seen(msgspec.Struct, rename="camel"):
    """The part of an event that is measured."""

    seq: int = 0
    ts: int = 0


class Frame(msgspec.Struct, rename="camel"):
    """The part of a server's frame that is measured."""

    type: str
    session: str = ""
    after: int = 0
    up_to: int = 0
    events: list[Seen] = msgspec.field(default_factory=list)


@dataclass
class Viewer:
    """A browser's place: it subscribes with its cursors, folds in, acknowledges.

    `cursors` outlive the connection, as a page's do.
    """

    url: str
    cookie: str
    cursors: dict[str, int]
    events: int = 0
    frames: int = 0
    holes: int = 0
    repeats: int = 0
    latencies: list[float] = field(default_factory=list)  # ms, of live events
    live: set[str] = field(default_factory=set)

    async def follow(self) -> AsyncIterator[Frame]:
        """Connect, subscribe to all sessions, yield what comes until the end."""
        self.live.clear()
        async with connect(
            self.url,
            additional_headers={"Cookie": self.cookie},
            origin=origin_of(self.url),
            compression=None,
            max_size=None,
            ping_interval=None,
        ) as socket:
            for session, cursor in self.cursors.items():
                await _say(socket, type="subscribe", session=session, after=cursor)
            acked = 0
            try:
                async for text in socket:
                    frame = msgspec.json.decode(text, type=Frame)
                    if frame.type == "events":
                        self._fold(frame)
                        acked += 1
                        await _say(socket, type="ack", frames=acked)
                    elif frame.type == "live":
                        self.live.add(frame.session)
                    yield frame
            except ConnectionClosed:
                return

    def is_at(self, head: int) -> bool:
        return all(cursor >= head for cursor in self.cursors.values())

    def _fold(self, frame: Frame) -> None:
        now = time.time() * 1000
        cursor = self.cursors[frame.session]
        self.frames += 1
        self.holes += frame.after > cursor
        for event in frame.events:
            if event.seq <= cursor:
                self.repeats += 1
                continue
            cursor = event.seq
            self.events += 1
            if frame.session in self.live:
                self.latencies.append(now - event.ts)
        self.cursors[frame.session] = max(cursor, frame.up_to)


async def _say(socket: ClientConnection, **frame: str | int) -> None:
    await socket.send(msgspec.json.encode(frame), text=True)


def origin_of(url: str) -> Origin:
    return Origin(f"http://{urlsplit(url).netloc}")
