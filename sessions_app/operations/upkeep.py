import asyncio

from sessions_app.history.search.indexer import Indexer
from sessions_app.log.batch import Batch
from sessions_app.log.database.reader import Reader
from sessions_app.log.leases.reaper import Reaper
from sessions_app.log.log import Log
from sessions_app.operations.viewer_counts import ViewerCounts
from sessions_app.webhooks.sender import WebhookSender


class Upkeep:
    """The background tasks of a web process.

    Reaper, viewer counts, search index and webhooks.

    Runners have a reaper too, but perhaps none is left. The tasks begin with the
    process, or with the first viewer if the server reports no start.
    """

    def __init__(self, reader: Reader, viewer_counts: ViewerCounts) -> None:
        self._reader = reader
        self._viewer_counts = viewer_counts
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="upkeep")

    async def close(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        async with Log(_leave_to_the_feed) as log, asyncio.TaskGroup() as loops:
            reaper = Reaper(log, self._reader, self._viewer_counts.presence.touch)
            loops.create_task(reaper.run())
            loops.create_task(self._viewer_counts.run())
            loops.create_task(Indexer(self._reader).run())
            loops.create_task(WebhookSender(self._reader).run())


def _leave_to_the_feed(batch: Batch) -> None:
    """Publish nothing: feeds check the heads of all watched sessions every second."""
