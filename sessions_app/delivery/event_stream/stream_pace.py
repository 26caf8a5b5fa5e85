import asyncio

from django.conf import settings


class StreamPace:
    """Keeps the pieces of a live stream apart, so that many streams leave others time.

    What comes meanwhile goes with the next piece: a piece costs far more than an event.
    HTTP has no acks, so a reader that stalls costs as much as one that reads, until the
    system's buffers are full.
    """

    def __init__(self) -> None:
        self._next_at = 0.0  # on the event loop's clock

    def sent(self) -> None:
        self._next_at = asyncio.get_running_loop().time() + settings.EVENT_STREAM_PACE_S

    async def turn(self) -> None:
        """Wait until the next piece may be sent."""
        ahead = self._next_at - asyncio.get_running_loop().time()
        if ahead > 0:
            await asyncio.sleep(ahead)
