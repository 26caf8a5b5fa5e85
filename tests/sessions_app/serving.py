from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sessions_app.delivery.consumers import Consumer
from sessions_app.delivery.feed import Feed
from sessions_app.delivery.guard import Guard
from sessions_app.delivery.session_list import SessionList
from sessions_app.operations.census import Census
from sessions_app.operations.upkeep import Upkeep


@asynccontextmanager
async def serving() -> AsyncIterator[Consumer]:
    """Serve WebSockets with what config.asgi puts together for them."""
    feed = Feed()
    session_list, guard = SessionList(feed.reader), Guard(feed.reader)
    upkeep = Upkeep(feed.reader, Census(feed, guard))
    try:
        yield Consumer(feed, session_list, guard, upkeep.start)
    finally:
        for close in (upkeep.close, guard.close, session_list.close, feed.close):
            await close()
