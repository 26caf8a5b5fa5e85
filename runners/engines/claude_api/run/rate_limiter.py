import asyncio
from collections.abc import Callable


class RateLimiter:
    """Keeps a minimum pause between the end of one API call and the next."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._delay_s = 0.0
        self._last_end = float("-inf")
        self._changed = asyncio.Event()

    def set(self, delay_ms: int) -> None:
        """Set the pause, also for a call that is waiting now; 0 means none."""
        self._delay_s = max(delay_ms, 0) / 1000
        self._changed.set()

    def ended(self) -> None:
        """Note that an API call has ended."""
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
