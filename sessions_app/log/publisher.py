import asyncio
import logging
from contextlib import suppress
from types import TracebackType
from typing import Self

from django.conf import settings

from sessions_app.log.batch import Batch
from sessions_app.log.layer import Layer, group_of, layer_away, to_message
from sessions_app.log.metrics import BATCHES_DROPPED

logger = logging.getLogger(__name__)


class Publisher:
    """Sends committed batches to the channel layer without ever delaying the log.

    A batch is dropped if the queue is full, or if the layer hangs or is unreachable.
    Feeds compare their heads with the log, so they notice the gap and read it there.
    """

    def __init__(self, layer: Layer) -> None:
        self._layer = layer
        self._queue: asyncio.Queue[Batch] = asyncio.Queue(
            settings.PUBLISH_QUEUE_MAX_BATCHES
        )
        self._is_away = False
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        if self._layer.is_shared and not self._layer.is_local:
            self._task = asyncio.create_task(self._run(), name="publisher")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop, after giving the queued batches PUBLISH_DEADLINE_S to be sent."""
        if self._task:
            with suppress(TimeoutError):
                async with asyncio.timeout(settings.PUBLISH_DEADLINE_S):
                    await self._queue.join()
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def announce(self, batch: Batch) -> None:
        """Send a batch immediately if the layer is local; callable from any thread."""
        if not self._layer.is_local:
            return
        try:
            if not self._layer.post(group_of(batch.session_id), to_message(batch)):
                BATCHES_DROPPED.inc()
            self._is_away = False
        except layer_away() as error:
            self._lost(error)

    def offer(self, batch: Batch) -> None:
        """Queue a batch for a layer that is not local; drop it if the queue is full."""
        if self._task is None:
            return
        if self._queue.full():
            BATCHES_DROPPED.inc()
        else:
            self._queue.put_nowait(batch)

    async def _run(self) -> None:
        while True:
            batch = await self._queue.get()
            try:
                await self._layer.send(group_of(batch.session_id), to_message(batch))
                self._is_away = False
            except layer_away() as error:
                self._lost(error)
            self._queue.task_done()

    def _lost(self, error: Exception) -> None:
        BATCHES_DROPPED.inc()
        if not self._is_away:
            logger.warning("event=layer_away error=%r", str(error))
        self._is_away = True
