from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sessions_app.delivery.connection.consumers import Consumer
from sessions_app.delivery.connection.guard import Guard
from sessions_app.delivery.connection.session_list import SessionList
from sessions_app.delivery.feed.feed import Feed
from sessions_app.operations.upkeep import Upkeep
from sessions_app.operations.viewer_counts import ViewerCounts


@asynccontextmanager
async def serving() -> AsyncIterator[Consumer]:
    """Serve WebSockets with what config.asgi puts together for them."""
    feed = Feed()
    session_list, guard = SessionList(feed.reader), Guard(feed.reader)
    upkeep = Upkeep(feed.reader, ViewerCounts(feed, guard))
    try:
        yield Consumer(feed, session_list, guard, upkeep.start)
    finally:
        for close in (upkeep.close, guard.close, session_list.close, feed.close):
            await close()
