import asyncio
from collections.abc import Collection

from sessions_app.delivery.connection.subscription import Subscription
from sessions_app.delivery.connection.viewer import Want
from sessions_app.delivery.feed.feed import Feed
from sessions_app.log.batch import Batch
from sessions_app.log.head import Head
from sessions_app.log.page import Page
from sessions_app.protocol.frames import ServerFrame
from sessions_app.protocol.status import SessionStatus
from sessions_app.streams.chunk import Chunk, chunk_of
from sessions_app.streams.found_stream import FoundStream


class ReadingEnded(Exception):
    """The stream was deleted, replaced or redacted, or may not be read any more."""


class LiveReader:
    """One reader of a durable stream, from a place in its log on.

    The feed tells it of news and the guard of lost rights; neither call blocks.
    """

    def __init__(self, feed: Feed, found: FoundStream, after: int) -> None:
        self.found = found
        self._feed = feed
        self._news = asyncio.Event()
        self._has_ended = False
        session = found.session
        self._subscription = Subscription(self, session.pk, after)
        status = SessionStatus(session.status)
        head = Head(session.pk, session.head_seq, session.epoch, status)
        self._subscription.follow(feed.watch(head, self._subscription))

    def close(self) -> None:
        self._feed.unwatch(self.found.session.pk, self._subscription)

    @property
    def is_at_tail(self) -> bool:
        return self._subscription.viewer.cursor >= self.found.session.head_seq

    def here(self) -> Chunk:
        """Return the reader's place as a chunk without messages, at the tail."""
        cursor = self._subscription.viewer.cursor
        none = Batch(self.found.session.pk, cursor, cursor, 0, "")
        return chunk_of(self.found, Page(none, at_end=True))

    async def next(self, wait_s: float) -> Chunk | None:
        """Return what comes next; None: nothing within `wait_s`.

        Raises ReadingEnded.
        """
        deadline = asyncio.get_running_loop().time() + wait_s
        while True:
            if self._has_ended:
                raise ReadingEnded
            self._news.clear()
            if (chunk := await self._look()) is not None:
                return chunk
            try:
                async with asyncio.timeout_at(deadline):
                    await self._news.wait()
            except TimeoutError:
                return None

    async def _look(self) -> Chunk | None:
        viewer = self._subscription.viewer
        step = viewer.look()
        if step is Want.NOTHING:
            return None
        if isinstance(step, Want):
            page = await self._feed.page(self.found.session.pk, viewer.cursor)
            if viewer is not self._subscription.viewer or not viewer.continues(page):
                self._news.set()  # look again: the window and the log were not in step
                await asyncio.sleep(0)
                return None
            step = page.batch
        viewer.move(step)
        return chunk_of(self.found, Page(step, viewer.look() is Want.NOTHING))

    # --- called by the feed and by the guard -----------------------------------------

    def serve(self, subscription: Subscription) -> None:
        self._news.set()

    def say(self, frame: ServerFrame) -> None:
        """The log was replaced: the reader's offset is of another one."""
        self._end()

    @property
    def watched(self) -> Collection[str]:
        return [self.found.session.pk]

    def forbid(self, session_id: str) -> None:
        self._end()

    def sign_out(self) -> None:
        self._end()

    def _end(self) -> None:
        self._has_ended = True
        self._news.set()
