import asyncio
from collections.abc import Callable


class RateLimiter:
    """Keeps API calls apart: the next begins so long after the last has ended."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._delay_s = 0.0
        self._last_end = float("-inf")
        self._changed = asyncio.Event()

    def set(self, delay_ms: int) -> None:
        """Take a new delay, for a call that waits now too; 0 is none."""
        self._delay_s = max(delay_ms, 0) / 1000
        self._changed.set()

    def ended(self) -> None:
        """A call has ended."""
        self._last_end = self._clock()

    async def wait(self) -> None:
        """Wait until the next call may begin."""
        while (left_s := self._last_end + self._delay_s - self._clock()) > 0:
            self._changed.clear()
            try:
                async with asyncio.timeout(left_s):
                    await self._changed.wait()
            except TimeoutError:
                continue
