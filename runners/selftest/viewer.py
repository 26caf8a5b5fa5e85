import asyncio
import json
import random
from collections.abc import Iterable
from enum import Enum
from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from runners.selftest.view import View
from sessions_app.protocol.close_codes import CloseCode

FINAL = {CloseCode.MALFORMED, CloseCode.NOT_SIGNED_IN, CloseCode.NOT_ALLOWED}
PAUSE_S = (0.1, 0.5)  # before it reconnects
CUT_S = (0.5, 2.0)  # after the start of a connection
STALL_AFTER_FRAMES = 20  # of a connection
STALL_S = 3.0


class Habit(Enum):
    """The fault that a viewer causes while reading."""

    NONE = "steady"
    CUT = "cuts its own socket"
    STALL = "stops reading for a while"


class SentAway(Exception):
    """The server refuses this viewer; the message says why."""


class SelftestViewer:
    """A viewer of several sessions that reconnects with its cursors."""

    def __init__(
        self, url: str, cookies: str, session_ids: Iterable[str], habit: Habit
    ) -> None:
        self.views = {session_id: View() for session_id in session_ids}
        self.habit = habit
        self.visits = 0
        self.faults = 0
        parts = urlsplit(url)
        scheme = "wss" if parts.scheme == "https" else "ws"
        self._url = f"{scheme}://{parts.netloc}/ws/"
        self._headers = {
            "Cookie": cookies,
            "Origin": f"{parts.scheme}://{parts.netloc}",
        }

    def has(self, heads: dict[str, int]) -> bool:
        return all(self.views[id_].cursor >= head for id_, head in heads.items())

    async def run(self) -> None:
        """Watch until cancelled. Raises SentAway."""
        while True:
            try:
                await self._visit()
            except ConnectionClosed as closed:
                if closed.rcvd and closed.rcvd.code in FINAL:
                    raise SentAway(
                        f"WebSocket closed with {closed.rcvd.code}"
                    ) from None
            except (OSError, TimeoutError, WebSocketException):
                pass  # the server is not reachable for a moment
            await asyncio.sleep(random.uniform(*PAUSE_S))  # noqa: S311 uneven, not secret

    async def _visit(self) -> None:
        async with connect(
            self._url,
            additional_headers=self._headers,
            max_size=None,
            ping_interval=None,
            close_timeout=1,
            proxy=None,
        ) as socket:
            self.visits += 1
            cut = self._cut_later(socket)
            try:
                for session_id, view in self.views.items():
                    await _ask(socket, session_id, view)
                await self._read(socket)
            finally:
                if cut:
                    cut.cancel()

    def _cut_later(self, socket: ClientConnection) -> asyncio.TimerHandle | None:
        if self.habit is not Habit.CUT:
            return None

        def cut() -> None:
            self.faults += 1
            socket.transport.abort()

        delay = random.uniform(*CUT_S)  # noqa: S311 uneven, not secret
        return asyncio.get_running_loop().call_later(delay, cut)

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
                    view.lost += 1  # the log was not replaced, so a reset is an error
                case "error":
                    raise SentAway(f"{frame['code']}: {frame['message']}")
            if self.habit is Habit.STALL and frames == STALL_AFTER_FRAMES:
                self.faults += 1
                await asyncio.sleep(STALL_S)


async def _ask(socket: ClientConnection, session_id: str, view: View) -> None:
    view.is_live = False
    epoch = {"epoch": view.epoch} if view.epoch else {}
    await _send(
        socket, type="subscribe", session=session_id, after=view.cursor, **epoch
    )


async def _send(socket: ClientConnection, **frame: Any) -> None:
    await socket.send(json.dumps(frame))
