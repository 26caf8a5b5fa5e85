import asyncio
import time
from collections.abc import AsyncIterator


async def paced(count: int, rate: float) -> AsyncIterator[tuple[int, float]]:
    """Yield 0 to count - 1, each at its own place on the clock, with its lateness.

    Lateness is in seconds. Who is late does not wait: errors never add up. A rate of
    0 knows no places; then others get their turn every now and then.
    """
    loop = asyncio.get_running_loop()
    start = loop.time()
    for number in range(count):
        due = start + number / rate if rate else loop.time()
        ahead = due - loop.time()
        if ahead > 0:
            await asyncio.sleep(ahead)
        elif number % 32 == 0:
            await asyncio.sleep(0)
        yield number, max(0.0, loop.time() - due)


def now_ms() -> int:
    """The clock of an event's `ts`."""
    return time.time_ns() // 1_000_000
