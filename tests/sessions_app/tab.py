import asyncio
import json
from collections import defaultdict
from collections.abc import Callable
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.sessions.backends.base import SessionBase

from sessions_app.delivery.connection.consumers import WEBSOCKET_PATH
from sessions_app.pages.signin_views import BACKEND
from tests.sessions_app.logbook import until

Frame = dict[str, Any]


def sign_in(user: User) -> SessionBase:
    """Make the session of somebody who has signed in."""
    session: SessionBase = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = BACKEND
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return session


class Tab:
    """A browser tab, at the other end of an ASGI application's receive and send.

    It checks what every tab may rely on: each session's frames continue each other,
    and are the log in order.
    """

    def __init__(
        self,
        consumer: Any,
        user: User | AnonymousUser | None = None,
        session: SessionBase | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        self.frames: list[Frame] = []
        self.seqs: dict[str, list[int]] = defaultdict(list)
        self.cursors: dict[str, int] = {}
        self.code: int | None = None
        self.is_accepted = False
        self.acks = True  # acknowledges what it reads
        self.reads = asyncio.Event()
        self.reads.set()
        self._unanswered = 0
        self._events = 0
        self._to_server: asyncio.Queue[Frame] = asyncio.Queue()
        scope: dict[str, Any] = {"type": "websocket", "path": WEBSOCKET_PATH}
        if headers is None:
            scope |= {"user": user, "session": session}
        else:  # the application finds out who it is
            lines = [(k.encode(), v.encode()) for k, v in headers.items()]
            scope |= {"headers": lines, "query_string": b""}
        self._to_server.put_nowait({"type": "websocket.connect"})
        self.task = asyncio.create_task(
            consumer(scope, self._to_server.get, self._receive)
        )

    # --- what the tab says ----------------------------------------------------

    def say(self, type_: str, **fields: Any) -> None:
        self.send(json.dumps({"type": type_, **fields}))

    def send(self, text: str | None, data: bytes | None = None) -> None:
        message = {"type": "websocket.receive", "text": text, "bytes": data}
        self._to_server.put_nowait(message)

    def subscribe(self, session_id: str, **fields: Any) -> None:
        if "after" in fields:
            self.cursors[session_id] = fields["after"]
        self.say("subscribe", session=session_id, **fields)

    def ack(self, frames: int | None = None) -> None:
        self.say("ack", frames=self._events if frames is None else frames)

    async def leave(self) -> None:
        """Close the tab, and wait until the server has noticed."""
        self.reads.set()
        self._to_server.put_nowait({"type": "websocket.disconnect", "code": 1001})
        await self.task

    # --- what the tab hears ---------------------------------------------------

    def of(self, type_: str, session_id: str | None = None) -> list[Frame]:
        return [
            frame
            for frame in self.frames
            if frame["type"] == type_
            and (session_id is None or frame.get("session") == session_id)
        ]

    async def hears(self, type_: str, **fields: Any) -> Frame:
        """Wait for a frame with these fields."""

        def matching() -> list[Frame]:
            frames = self.of(type_)
            return [frame for frame in frames if fields.items() <= frame.items()]

        found: list[Frame] = await until(matching)
        return found[-1]

    async def reaches(self, session_id: str, seq: int) -> None:
        """Wait until the session's frames have come as far as `seq`."""
        await until(lambda: self.cursors.get(session_id, 0) >= seq)

    async def closes(self) -> int:
        await until(lambda: self.code is not None)
        await self.task
        assert self.code is not None
        return self.code

    async def _receive(self, message: Frame) -> None:
        match message["type"]:
            case "websocket.accept":
                self.is_accepted = True
            case "websocket.close":
                self.code = message.get("code", 1000)
            case "websocket.send":
                await self.reads.wait()
                self._hear(json.loads(message["text"]))

    def _hear(self, frame: Frame) -> None:
        self.frames.append(frame)
        session_id = frame.get("session", "")
        match frame["type"]:
            case "events":
                self._fold(session_id, frame)
                self._events += 1
                if self.acks:
                    self.ack()
            case "reset":
                self.cursors[session_id] = 0
                self.seqs[session_id] = []
            case "live":
                assert frame["seq"] >= self.cursors.get(session_id, 0)

    def _fold(self, session_id: str, frame: Frame) -> None:
        cursor = self.cursors.get(session_id)
        assert cursor in (None, frame["after"]), f"{cursor}, then {frame}"
        seqs = [event["seq"] for event in frame["events"]]
        assert seqs == sorted(set(seqs))
        assert all(frame["after"] < seq <= frame["upTo"] for seq in seqs)
        self.seqs[session_id] += seqs
        self.cursors[session_id] = frame["upTo"]


Open = Callable[[], Tab]
