import argparse
import asyncio
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import msgspec
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.benchmarks.load.viewer import Frame, Viewer
from tests.benchmarks.result import quantile


class HubEvent(msgspec.Struct):
    """A frame of a hub: one event, without a number."""

    ts: int = 0


@dataclass
class HubViewer:
    """A viewer of a hub that sends one event a frame: what comes is in order."""

    url: str
    session: str
    cursor: int = 0
    latencies: list[float] = field(default_factory=list)

    async def follow(self) -> AsyncIterator[Frame]:
        address = f"{self.url}?session={self.session}"
        async with connect(address, compression=None, ping_interval=None) as socket:
            yield Frame(type="subscribed", session=self.session)
            try:
                async for text in socket:
                    event = msgspec.json.decode(text, type=HubEvent)
                    self.latencies.append(time.time() * 1000 - event.ts)
                    self.cursor += 1
                    yield Frame(type="events", session=self.session)
            except ConnectionClosed:
                return


@dataclass
class Count:
    """What the viewers have come to, together."""

    clients: int
    ready: int = 0
    closes: int = 0
    incomplete: int = 0
    started: float = 0.0
    ended: float = 0.0

    def arrive(self) -> None:
        self.ready += 1
        if self.ready == self.clients:
            sys.stdout.write("ready\n")
            sys.stdout.flush()

    def receive(self) -> None:
        self.ended = time.perf_counter()
        self.started = self.started or self.ended


async def watch(viewer: Viewer | HubViewer, count: Count, upto: int, slow: bool) -> int:
    """Follow one session to its end; return how far that was."""
    is_there = False
    async for frame in viewer.follow():
        if not is_there and frame.type in {"live", "subscribed"}:
            is_there = True
            count.arrive()
        if frame.type != "events":
            continue
        count.receive()
        if slow:
            await asyncio.Event().wait()
        if upto and _cursor(viewer) >= upto:
            return _cursor(viewer)
    count.closes += 1
    return _cursor(viewer)


async def attend(
    viewer: Viewer | HubViewer, count: Count, options: argparse.Namespace, slow: bool
) -> None:
    upto = options.events
    try:
        async with asyncio.timeout(float(options.time.removesuffix("s"))):
            await watch(viewer, count, upto, slow)
    except TimeoutError:
        pass
    count.incomplete += bool(upto) and _cursor(viewer) < upto


async def main(options: argparse.Namespace) -> None:
    """Open the viewers; print `ready` when all are there, and at last one line."""
    ids = options.sessions.split(",")
    count = Count(options.clients)
    viewers = [
        _viewer(options, ids[number % len(ids)]) for number in range(options.clients)
    ]
    tasks = (
        attend(viewer, count, options, number < options.slow)
        for number, viewer in enumerate(viewers)
    )
    await asyncio.gather(*tasks)
    sys.stdout.write(_report(viewers, count))


def _viewer(options: argparse.Namespace, session: str) -> Viewer | HubViewer:
    if options.proto == "hub":
        return HubViewer(options.url, session)
    return Viewer(options.url, options.cookie, {session: 0})


def _cursor(viewer: Viewer | HubViewer) -> int:
    if isinstance(viewer, HubViewer):
        return viewer.cursor
    return next(iter(viewer.cursors.values()))


def _report(viewers: list[Viewer | HubViewer], count: Count) -> str:
    latencies = [ms for viewer in viewers for ms in viewer.latencies]
    ours = [viewer for viewer in viewers if isinstance(viewer, Viewer)]
    hub = sum(viewer.cursor for viewer in viewers if isinstance(viewer, HubViewer))
    fields = {
        "clients": count.clients,
        "events": hub + sum(viewer.events for viewer in ours),
        "frames": hub + sum(viewer.frames for viewer in ours),
        "holes": sum(viewer.holes for viewer in ours),
        "repeats": sum(viewer.repeats for viewer in ours),
        "incomplete": count.incomplete,
        "closes": count.closes,
        "secs": round(count.ended - count.started, 2),
        "p50": quantile(latencies, 0.5) or -1,
        "p99": quantile(latencies, 0.99) or -1,
        "max": max(latencies, default=-1),
    }
    return " ".join(f"{name}={value}" for name, value in fields.items()) + "\n"


def parse() -> argparse.Namespace:
    """Read the options, which are those of the generator in Go."""
    parser = argparse.ArgumentParser(prog="wsload")
    parser.add_argument("-url", required=True)
    parser.add_argument("-cookie", default="")
    parser.add_argument("-clients", type=int, default=10)
    parser.add_argument("-sessions", default="s0")
    parser.add_argument("-events", type=int, default=0)
    parser.add_argument("-time", default="60s")
    parser.add_argument("-proto", choices=["ringside", "hub"], default="ringside")
    parser.add_argument("-slow", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    asyncio.run(main(parse()))
