import asyncio

from sessions_app.delivery.connection.viewer import Viewer, Want
from sessions_app.delivery.feed.feed import Feed
from sessions_app.delivery.feed.recent import Recent
from sessions_app.log.batch import Batch
from sessions_app.log.head import Head, read_heads
from sessions_app.models import AgentSession
from tests.sessions_app.logbook import elsewhere


class Follower:
    """Follows a session, as a connection does that never is slow."""

    def __init__(self, feed: Feed, head: Head, cursor: int = 0) -> None:
        self.feed = feed
        self.head = head
        self.shown: list[str] = []
        self.resets = 0
        self.is_lost = False
        self.viewer = Viewer(feed.watch(head, self), cursor)
        self.reading: asyncio.Task[None] | None = None
        self.advance()

    def advance(self) -> None:
        if self.reading is not None:
            return
        while isinstance(step := self.viewer.look(), Batch):
            self._show(step)
        if step is Want.PAGE:
            self.reading = asyncio.create_task(self._read(self.viewer))

    def lose(self) -> None:
        self.is_lost = True

    def reset(self, recent: Recent) -> None:
        self.resets += 1
        self.shown = []
        self.viewer = Viewer(recent, 0)
        self.advance()

    def leave(self) -> None:
        self.feed.unwatch(self.head.session_id, self)

    def _show(self, batch: Batch) -> None:
        self.viewer.move(batch)
        if batch.body:
            self.shown.append(batch.body)

    async def _read(self, viewer: Viewer) -> None:
        page = await self.feed.page(self.head.session_id, viewer.cursor)
        if viewer is self.viewer and viewer.continues(page):
            self._show(page.batch)
        self.reading = None
        self.advance()


async def head_of(session_id: str) -> Head:
    (head,) = await elsewhere(read_heads, [session_id])
    return head


async def follow(feed: Feed, session: AgentSession, cursor: int = 0) -> Follower:
    return Follower(feed, await head_of(session.id), cursor)
