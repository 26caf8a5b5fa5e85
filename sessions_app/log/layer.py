import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from channels.layers import InMemoryChannelLayer, get_channel_layer
from django.conf import settings
from redis.exceptions import RedisError

from sessions_app.channel_layer.layer import LocalLayer
from sessions_app.log.batch import Batch

logger = logging.getLogger(__name__)
# What a layer that is away, or hangs, may raise; the log is the truth meanwhile.
LayerAway = (RedisError, OSError, TimeoutError)
LAYER_RETRY_S = 1.0
Hear = Callable[[dict[str, Any]], None]
RUNNERS_GROUP = "runners"  # where they are told to look for commands


def group_of(session_id: str) -> str:
    """Name the group in which a session's batches travel."""
    return f"session.{session_id}"


class Layer:
    """This process's one place on the channel layer."""

    def __init__(self) -> None:
        self._layer: Any = get_channel_layer()
        self._channel = ""

    @property
    def is_shared(self) -> bool:
        """Other processes hear what is sent here."""
        return not isinstance(self._layer, InMemoryChannelLayer)

    @property
    def is_local(self) -> bool:
        """Only those of this machine do; to send to them takes no waiting."""
        return isinstance(self._layer, LocalLayer)

    async def open(self) -> None:
        """Take the one channel that all joined groups lead to, once."""
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

    async def stay(self, join: Callable[[], Awaitable[None]], hear: Hear) -> None:
        """Open, join and listen, for ever; anew whenever the layer was away."""
        is_away = False
        while True:
            try:
                await self.open()
                await join()
                is_away = False
                await self.listen(hear)
            except LayerAway as error:
                if not is_away:
                    logger.warning("event=layer_away error=%r", str(error))
                is_away = True
                await asyncio.sleep(LAYER_RETRY_S)

    async def listen(self, hear: Hear) -> None:
        """Have all that comes heard, for ever. Raises what LayerAway names."""
        if self.is_local:
            await self._layer.listen(self._channel, hear)
        while True:
            hear(await self.receive())

    def post(self, group: str, message: dict[str, Any]) -> bool:
        """Send at once, from any thread, where nothing of it waits.

        False: it does not go this way, or not to all. Raises what LayerAway names.
        """
        return self.is_local and bool(self._layer.post(group, message))

    async def send(self, group: str, message: dict[str, Any]) -> None:
        """Send within PUBLISH_DEADLINE_S. Raises what LayerAway names."""
        async with asyncio.timeout(settings.PUBLISH_DEADLINE_S):
            await self._layer.group_send(group, message)
            _heed_cancellation()

    async def close(self) -> None:
        if self.is_shared:
            await self._layer.flush()


def _heed_cancellation() -> None:
    """Go when cancelled: redis-py forgets a cancellation that came as it connected."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def nudge_runners() -> None:
    """Tell all runners to look for commands and queued sessions now.

    Lost or late it does no harm: they look by themselves several times a second.
    The layer stays open: in a web process it is the feed's too.
    """
    layer = Layer()
    if not layer.is_shared:
        return
    try:
        await layer.send(RUNNERS_GROUP, {"type": "runners.look"})
    except LayerAway:
        return


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
