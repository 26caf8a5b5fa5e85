import asyncio
from collections import Counter
from collections.abc import Callable, Collection

from django.conf import settings

from sessions_app.delivery.connection.guard import Guard
from sessions_app.delivery.feed.feed import Feed
from sessions_app.models import WebProcess
from sessions_app.operations.presence import Presence, present


class ViewerCounts:
    """Publishes who watches which session through this process.

    How many do, and, by `looked_at`, what each person has on a visible page.
    """

    def __init__(
        self,
        feed: Feed,
        guard: Guard,
        looked_at: Callable[[], dict[int, list[str]]] = dict,
    ) -> None:
        self._looked_at = looked_at
        self._feed = feed
        self._guard = guard
        self.presence = Presence(WebProcess, feed.reader)

    async def run(self) -> None:
        try:
            while True:
                await self.presence.beat(
                    viewers=self._feed.viewers(),
                    link_viewers=self._guard.link_viewers(),
                    looked_at=self._looked_at(),
                )
                await asyncio.sleep(settings.CENSUS_INTERVAL_S)
        finally:
            await self.presence.leave()


def count_viewers(session_ids: Collection[str]) -> Counter[str]:
    """Return the viewers of each session, over all web processes; one query."""
    found: Counter[str] = Counter()
    for viewers in present(WebProcess).values_list("viewers", flat=True):
        found.update({id_: viewers[id_] for id_ in session_ids if id_ in viewers})
    return found


def count_link_viewers(share_ids: Collection[int]) -> Counter[int]:
    """Return the viewers by each share link, over all web processes; one query."""
    found: Counter[int] = Counter()
    for viewers in present(WebProcess).values_list("link_viewers", flat=True):
        found.update({id_: viewers.get(str(id_), 0) for id_ in share_ids})
    return found
