import asyncio
import sys
import time

import msgspec
from websockets.asyncio.client import connect

from tests.benchmarks.load.viewer import origin_of

LIMIT_S = 300.0


class Delta(msgspec.Struct):
    """The part of an event that is read: the text of a delta."""

    type: str
    delta: str = ""


class Frame(msgspec.Struct):
    type: str
    session: str = ""
    events: list[Delta] = msgspec.field(default_factory=list)


async def main(url: str, cookie: str, sessions: list[str], count: int) -> None:
    """Watch sessions until each has written `count` numbers.

    Prints `ready` when all are live, and at last, by session, when each number had been
    read from the socket, in ms since 1970.
    """
    arrived: dict[str, list[float]] = {session: [] for session in sessions}
    live: set[str] = set()
    headers = {"Cookie": cookie}
    async with (
        asyncio.timeout(LIMIT_S),
        connect(
            url,
            additional_headers=headers,
            origin=origin_of(url),
            compression=None,
            max_size=None,
        ) as socket,
    ):
        for session in sessions:
            await socket.send(_subscribe(session), text=True)
        frames = 0
        while any(len(times) < count for times in arrived.values()):
            text = await socket.recv()
            now = time.time() * 1000
            frame = msgspec.json.decode(text, type=Frame)
            if frame.type == "live" and frame.session not in live:
                live.add(frame.session)
                if len(live) == len(sessions):
                    _say(b"ready")
            if frame.type != "events":
                continue
            frames += 1
            await socket.send(_ack(frames), text=True)
            for event in frame.events:
                numbers = len(event.delta.split())
                if event.type == "text_delta":
                    arrived[frame.session] += [now] * numbers
    _say(msgspec.json.encode(arrived))


def _subscribe(session: str) -> bytes:
    frame = {"type": "subscribe", "session": session, "after": 0}
    return msgspec.json.encode(frame)


def _ack(frames: int) -> bytes:
    return msgspec.json.encode({"type": "ack", "frames": frames})


def _say(line: bytes) -> None:
    sys.stdout.buffer.write(line + b"\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(
        main(sys.argv[1], sys.argv[2], sys.argv[3].split(","), int(sys.argv[4]))
    )
