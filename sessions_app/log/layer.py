import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import InMemoryChannelLayer, get_channel_layer
from django.conf import settings

from sessions_app.channel_layer.layer import LocalLayer
from sessions_app.log.batch import Batch

logger = logging.getLogger(__name__)
LAYER_RETRY_S = 1.0
OnMessage = Callable[[dict[str, Any]], None]
RUNNERS_GROUP = "runners"  # the group that tells runners to look for commands


def group_of(session_id: str) -> str:
    """Return the name of the group that carries a session's batches."""
    return f"session.{session_id}"


def layer_away() -> tuple[type[Exception], ...]:
    """Return the exceptions of a layer that is unreachable or hangs.

    Nothing is lost: viewers get their events from the log meanwhile. Loading redis-py
    takes a fifth of a second, so its errors are among them once a layer has loaded it.
    """
    redis = sys.modules.get("redis.exceptions")
    return (OSError, TimeoutError, *((redis.RedisError,) if redis else ()))


class Layer:
    """This process's only channel on the channel layer."""

    def __init__(self) -> None:
        self._layer: Any = get_channel_layer()
        self._channel = ""

    @property
    def is_shared(self) -> bool:
        """True if messages reach other processes."""
        return not isinstance(self._layer, InMemoryChannelLayer)

    @property
    def is_local(self) -> bool:
        """True if messages reach only this machine; sending then never blocks."""
        return isinstance(self._layer, LocalLayer)

    async def open(self) -> None:
        """Create the channel that receives all joined groups, on the first call."""
        if not self._channel:
            self._channel = await self._layer.new_channel()
        _heed_cancellation()

    async def join(self, group: str) -> None:
        await self._layer.group_add(group, self._channel)
        _heed_cancellation()

    async def leave(self, group: str) -> None:
        await self._layer.group_discard(group, self._channel)
        _heed_cancellation()

    async def receive(self) -> dict[str, Any]:
        message: dict[str, Any] = await self._layer.receive(self._channel)
        return message

    async def stay(
        self, join: Callable[[], Awaitable[None]], on_message: OnMessage
    ) -> None:
        """Open, join and listen for ever; retry whenever the layer is unreachable."""
        is_away = False
        while True:
            try:
                await self.open()
                await join()
                is_away = False
                await self.listen(on_message)
            except layer_away() as error:
                if not is_away:
                    logger.warning("event=layer_away error=%r", str(error))
                is_away = True
                await asyncio.sleep(LAYER_RETRY_S)

    async def listen(self, on_message: OnMessage) -> None:
        """Pass every message to `on_message`, for ever. Raises as `receive`."""
        if self.is_local:
            await self._layer.listen(self._channel, on_message)
        while True:
            on_message(await self.receive())

    def post(self, group: str, message: dict[str, Any]) -> bool:
        """Send immediately, from any thread, if the layer is local.

        Returns False if the layer is not local, or a member of the group did not get
        the message. Raises those of layer_away.
        """
        return self.is_local and bool(self._layer.post(group, message))

    async def send(self, group: str, message: dict[str, Any]) -> None:
        """Send within PUBLISH_DEADLINE_S. Raises those of layer_away."""
        async with asyncio.timeout(settings.PUBLISH_DEADLINE_S):
            await self._layer.group_send(group, message)
            _heed_cancellation()

    async def close(self) -> None:
        if self.is_shared:
            await self._layer.flush()


def _heed_cancellation() -> None:
    """Raise CancelledError if this task was cancelled.

    redis-py swallows a cancellation that arrives while it connects.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def nudge_runners() -> None:
    """Tell all runners to look for commands and queued sessions now.

    The message may be lost or late: runners also poll several times a second. The
    layer is left open, because in a web process the feed uses it too.
    """
    layer = Layer()
    if not layer.is_shared:
        return
    try:
        await layer.send(RUNNERS_GROUP, {"type": "runners.look"})
    except layer_away():
        return


def tell(batch: Batch) -> None:
    """Send a batch that was committed outside of a Log; called from a thread.

    A message that is lost is healed by the feeds, which check the log.
    """
    layer = Layer()
    message = to_message(batch)
    with suppress(*layer_away()):
        if layer.is_local:
            layer.post(group_of(batch.session_id), message)
        elif layer.is_shared:
            async_to_sync(layer.send)(group_of(batch.session_id), message)


def to_message(batch: Batch) -> dict[str, Any]:
    """Turn a batch into a layer message; a large one carries only its bounds."""
    body = batch.body
    if body is not None and len(body) > settings.LAYER_MESSAGE_MAX_CHARS:
        body = None
    return {
        "type": "session.events",
        "session": batch.session_id,
        "after": batch.after,
        "upTo": batch.up_to,
        "count": batch.count,
        "body": body,
    }


def to_batch(message: dict[str, Any]) -> Batch:
    return Batch(
        session_id=message["session"],
        after=message["after"],
        up_to=message["upTo"],
        count=message["count"],
        body=message["body"],
    )
