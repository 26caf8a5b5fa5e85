import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field

from django.conf import settings

from sessions_app.delivery.connection.start import Start
from sessions_app.delivery.connection.subscription import Subscription
from sessions_app.delivery.connection.viewer import Want
from sessions_app.delivery.event_stream.event_id import Place, child_suffix
from sessions_app.delivery.event_stream.lines import (
    HEARTBEAT,
    children_in,
    log_lines,
    named_line,
    retry_line,
)
from sessions_app.delivery.event_stream.stream_pace import StreamPace
from sessions_app.delivery.feed.feed import Feed
from sessions_app.log.batch import Batch
from sessions_app.log.head import read_heads
from sessions_app.protocol.frames import Reset, ServerFrame

Send = Callable[[bytes], Awaitable[None]]
# Returns where a sub-agent's log starts; None if the person may not see the sub-agent.
FindChild = Callable[[str, Place | None], Awaitable[Start | None]]


@dataclass(slots=True)
class Followed:
    """One session of a stream, and the epoch of its log."""

    subscription: Subscription
    epoch: str  # "" right after the log was replaced
    is_live: bool = False


@dataclass(eq=False)
class EventStream:
    """One response of Server-Sent Events: a session, or a session and its sub-agents.

    `run` is the one task that writes. It waits for the transport after each piece, so
    a slow reader costs one piece and the transport's buffer; later events stay in the
    log. The feed and the guard call the other methods, which never block.
    """

    feed: Feed
    root: Start
    find_child: FindChild | None  # None: sub-agents are left out
    places: dict[str, Place]  # of sub-agents, from the Last-Event-ID
    _followed: dict[str, Followed] = field(default_factory=dict)
    _ready: dict[str, None] = field(default_factory=dict)  # may have events to send
    _notices: list[bytes] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _is_ended: bool = False
    _pace: StreamPace = field(default_factory=StreamPace)

    async def run(self, send: Send) -> None:
        """Send the log and later events until the stream is ended."""
        try:
            if first := self._first():
                await send(first)
            self._follow(self.root)
            # A resumed stream has sent these sub-agents' spawns already.
            for child in list(self.places):
                await self._begin_child(child)
            while not self._is_ended:
                await self._send_notices(send)
                session_id = self._next()
                if session_id is not None:
                    await self._serve(session_id, send)
                else:
                    await self._wait(send)
            await self._send_notices(send)
        finally:
            for session_id in list(self._followed):
                self._leave(session_id)

    def _first(self) -> bytes:
        return retry_line()

    def _next(self) -> str | None:
        """Return the session to serve next; None: wait for news."""
        return next(iter(self._ready), None)

    async def _wait(self, send: Send) -> None:
        """Wait for events, and for the next piece's turn.

        Heartbeats are sent meanwhile, so that proxies keep the stream open.
        """
        self._news.clear()
        if self._notices or self._is_ended:  # set while the last piece was sent
            return
        try:
            async with asyncio.timeout(settings.EVENT_STREAM_HEARTBEAT_S):
                await self._news.wait()
            await self._pace.turn()
        except TimeoutError:
            await send(HEARTBEAT)

    async def _send_notices(self, send: Send) -> None:
        notices, self._notices = self._notices, []
        if notices:
            await send(b"".join(notices))

    async def _serve(self, session_id: str, send: Send) -> None:
        """Send a session's next batch; sessions take turns."""
        del self._ready[session_id]
        followed = self._followed[session_id]
        if not followed.epoch:
            heads = await self.feed.reader.read(read_heads, [session_id])
            followed.epoch = heads[0].epoch if heads else ""
            if not self._shows(session_id, followed):
                return
        viewer = followed.subscription.viewer
        step = viewer.look()
        if step is Want.NOTHING:
            self._tell_live(session_id, followed)
            return
        self._ready[session_id] = None
        if isinstance(step, Want):
            page = await self.feed.page(session_id, viewer.cursor)
            if not self._shows(session_id, followed):
                return
            if viewer is not followed.subscription.viewer or not viewer.continues(page):
                # The log was replaced meanwhile, or the window is ahead of the log.
                await asyncio.sleep(0)
                return
            step = page.batch
        step, lines = self._render(session_id, followed, step)
        viewer.move(step)
        await send(lines)
        self._pace.sent()
        for child in children_in(step) if self.find_child else ():
            await self._begin_child(child)

    def _shows(self, session_id: str, followed: Followed) -> bool:
        """False if the session was forbidden or deleted during a read."""
        return self._followed.get(session_id) is followed

    def _render(
        self, session_id: str, followed: Followed, batch: Batch
    ) -> tuple[Batch, bytes]:
        """Write a batch, or the beginning of it; returns what of it was written."""
        return batch, self._lines(session_id, followed, batch)

    def _lines(self, session_id: str, followed: Followed, batch: Batch) -> bytes:
        if self.find_child is None:
            return log_lines(batch, followed.epoch)
        others = {
            id_: Place(one.epoch, one.subscription.viewer.cursor)
            for id_, one in self._followed.items()
            if id_ not in {session_id, self.root.head.session_id}
        }
        suffix = child_suffix(others)
        if session_id == self.root.head.session_id:
            return log_lines(batch, followed.epoch, "", suffix)
        root = self._followed[self.root.head.session_id]
        own = f"{root.epoch}.{root.subscription.viewer.cursor}"
        return log_lines(batch, followed.epoch, f"{own},{session_id}.", suffix)

    async def _begin_child(self, session_id: str) -> None:
        if self.find_child is None or session_id in self._followed:
            return
        if len(self._followed) >= settings.EVENT_STREAM_SESSIONS_MAX:
            self._tell("left_out", session=session_id)
            return
        start = await self.find_child(session_id, self.places.pop(session_id, None))
        if start is not None:
            self._follow(start)

    def _follow(self, start: Start) -> None:
        id_ = start.head.session_id
        subscription = Subscription(self, id_, start.cursor)
        self._followed[id_] = Followed(subscription, start.head.epoch)
        subscription.follow(self.feed.watch(start.head, subscription))
        if start.is_void:
            self._tell("reset", session=id_)
        self.serve(subscription)

    def _leave(self, session_id: str) -> None:
        followed = self._followed.pop(session_id)
        self._ready.pop(session_id, None)
        self.feed.unwatch(session_id, followed.subscription)

    def _tell_live(self, session_id: str, followed: Followed) -> None:
        if not followed.is_live:
            followed.is_live = True
            seq = followed.subscription.viewer.cursor
            self._tell("live", session=session_id, seq=seq)

    # --- called by the feed and by the guard -----------------------------------------

    def serve(self, subscription: Subscription) -> None:
        self._ready[subscription.session_id] = None
        self._news.set()

    def say(self, frame: ServerFrame) -> None:
        """Announce a replaced log, whose events are sent again from the first."""
        if isinstance(frame, Reset):
            self._followed[frame.session].epoch = ""
            self._followed[frame.session].is_live = False
            self._tell("reset", session=frame.session)

    @property
    def watched(self) -> Collection[str]:
        return self._followed.keys()

    def forbid(self, session_id: str) -> None:
        """Stop sending a session that was deleted or may no longer be seen."""
        if session_id == self.root.head.session_id:
            self._end("there is no such session any more")
        elif session_id in self._followed:
            self._leave(session_id)

    def sign_out(self) -> None:
        self._end("the sign-in or the token is not valid any more")

    def _end(self, reason: str) -> None:
        if not self._is_ended:
            self._is_ended = True
            self._tell("end", reason=reason)

    def _tell(self, name: str, **data: str | int) -> None:
        self._notices.append(named_line(name, data))
        self._news.set()
