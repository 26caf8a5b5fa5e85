import asyncio
from random import Random


class Pace:
    """Waits between tokens so that the rate holds over the whole stream."""

    def __init__(self, rate: float, jitter: float, seed: str) -> None:
        self._gap = 1 / rate if rate else 0.0
        self._jitter = jitter
        self._random = Random(seed)  # noqa: S311 - uneven, not secret
        self._count = 0
        self._start = asyncio.get_running_loop().time()

    async def wait(self) -> None:
        """Wait until the next token is due; returns at once if the stream is late."""
        self._count += 1
        if not self._gap:
            # Yield to the other streams now and then.
            if self._count % 32 == 0:
                await asyncio.sleep(0)
            return
        # Due times count from the start, so that errors do not add up.
        shift = self._jitter * (self._random.random() - 0.5) if self._jitter else 0.0
        due = self._start + (self._count + shift) * self._gap
        left = due - asyncio.get_running_loop().time()
        if left > 0:
            await asyncio.sleep(left)
