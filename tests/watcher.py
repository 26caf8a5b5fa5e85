import asyncio
import json
import random
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from tests.naive_fold import Fields, text_of
from tests.servers.background import Background
from tests.servers.process import PATIENCE_S, until

COME_BACK = {1000, 1001, 1005, 1006, 1011, 1012, 4408}
PAUSE_S = (0.05, 0.3)  # before it comes back
DELTAS = {"text_delta", "thinking_delta", "tool_input_delta", "tool_output_delta"}


@dataclass
class View:
    """What a watcher has of one session, and what was wrong with how it came."""

    applied: list[Fields] = field(default_factory=list)
    cursor: int = 0
    epoch: str = ""
    is_live: bool = False
    frames: int = 0
    holes: int = 0
    repeats: int = 0
    reordered: int = 0
    resets: int = 0

    @property
    def text(self) -> str:
        return text_of(self.applied)

    def handle(self, frame: Fields) -> None:
        """Apply a frame, which must begin where the last one ended."""
        seqs = [event["seq"] for event in frame["events"]]
        self.holes += frame["after"] > self.cursor
        self.holes += frame["upTo"] < max(seqs, default=frame["after"])
        self.repeats += sum(seq <= self.cursor for seq in seqs)
        self.repeats += len(seqs) - len(set(seqs))
        self.reordered += seqs != sorted(seqs)
        self.applied += frame["events"]
        self.cursor = frame["upTo"]
        self.frames += 1

    def judge(self, log: list[Fields]) -> "Verdict":
        """Compare with the whole log as it is in the database.

        Only deltas may have gone from there since they were seen.
        """
        seen = {event["seq"]: event for event in self.applied}
        stored = {event["seq"]: event for event in log}
        missing = [seq for seq in stored if stored[seq] != seen.get(seq)]
        gone = [seen[seq] for seq in seen.keys() - stored.keys()]
        return Verdict(
            events=len(self.applied),
            holes=self.holes + self.resets + len(missing),
            repeats=self.repeats,
            reordered=self.reordered,
            strangers=sum(event["type"] not in DELTAS for event in gone),
            same_text=self._says(text_of(log)),
        )

    def _says(self, text: str) -> bool:
        try:
            return self.text == text
        except ValueError:
            return False


@dataclass(frozen=True)
class Verdict:
    """What a watcher saw, against the log; all but `events` are to be 0 or true."""

    events: int = 0
    holes: int = 0
    repeats: int = 0
    reordered: int = 0
    strangers: int = 0  # events that the log does not have
    same_text: bool = True

    @property
    def is_good(self) -> bool:
        return self == Verdict(events=self.events)


class Watcher:
    """A viewer without a browser: applies what comes, acknowledges, comes back.

    It knows the protocol by itself and trusts nothing; whatever ends its socket, it
    returns with its cursors.
    """

    def __init__(
        self,
        background: Background,
        url: str,
        cookies: Mapping[str, str],
        *sessions: str,
    ) -> None:
        self.views = {session: View() for session in sessions}
        self.connections = 0  # opened so far
        self.closes: list[int] = []  # codes
        self._url = url
        self._cookies = "; ".join(f"{k}={v}" for k, v in cookies.items())
        self._background = background
        self._end: Callable[[], None] = background.start(self._stay())

    def view(self, session: str) -> View:
        return self.views[session]

    def has(self, session: str, seq: int) -> bool:
        return self.views[session].cursor >= seq

    def has_come(self, times: int) -> bool:
        """It has connected so many times by now."""
        return self.connections >= times

    def streams(self, session: str, within: float = PATIENCE_S) -> None:
        """Wait until it has seen more of the session's text than now."""
        view = self.views[session]
        before = len(view.text)
        until(lambda: len(view.text) > before, within)

    def is_lively(self, session: str, within: float = PATIENCE_S) -> None:
        """Wait until frames come as they are committed, not once a second."""
        view = self.views[session]
        seen = deque([(time.monotonic(), view.frames)])

        def has_hurried() -> bool:
            now = time.monotonic()
            seen.append((now, view.frames))
            while now - seen[0][0] > 1.0:
                seen.popleft()
            return seen[-1][1] - seen[0][1] > 5

        until(has_hurried, within)

    def end(self) -> None:
        self._end()

    async def _stay(self) -> None:
        while True:
            try:
                await self._visit()
            except ConnectionClosed as closed:
                self.closes.append(closed.rcvd.code if closed.rcvd else 1006)
                if self.closes[-1] not in COME_BACK:
                    raise
            except (OSError, TimeoutError, WebSocketException):
                pass  # the server is away
            await asyncio.sleep(random.uniform(*PAUSE_S))  # noqa: S311 uneven, not secret

    async def _visit(self) -> None:
        origin = self._url.removesuffix("/ws/").replace("ws", "http", 1)
        async with connect(
            self._url,
            additional_headers={"Cookie": self._cookies, "Origin": origin},
            open_timeout=5,
            close_timeout=1,
            ping_interval=2,
            ping_timeout=8,
            max_size=None,
            compression=None,
            proxy=None,
        ) as socket:
            self.connections += 1
            for session in self.views:
                await self._ask(socket, session)
            await self._read(socket)

    async def _read(self, socket: ClientConnection) -> None:
        frames = 0
        async for message in socket:
            frame = json.loads(message)
            view = self.views.get(frame.get("session", ""), View())
            match frame["type"]:
                case "events":
                    view.handle(frame)
                    frames += 1
                    await _send(socket, type="ack", frames=frames)
                case "subscribed":
                    view.epoch = frame["epoch"]
                case "live":
                    view.is_live = True
                case "reset":
                    view.resets += 1
                    view.applied, view.cursor = [], 0
                case "error":
                    raise AssertionError(frame)

    async def _ask(self, socket: ClientConnection, session: str) -> None:
        view = self.views[session]
        view.is_live = False
        epoch = {"epoch": view.epoch} if view.epoch else {}
        await _send(
            socket, type="subscribe", session=session, after=view.cursor, **epoch
        )


async def _send(socket: ClientConnection, **frame: Any) -> None:
    await socket.send(json.dumps(frame))
