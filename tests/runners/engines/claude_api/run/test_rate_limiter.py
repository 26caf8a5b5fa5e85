import asyncio
import time

from runners.engines.claude_api.run.rate_limiter import RateLimiter


async def test_the_first_call_does_not_wait() -> None:
    limiter = RateLimiter(time.monotonic)
    limiter.set(60_000)
    async with asyncio.timeout(1):
        await limiter.wait()


async def test_the_next_call_waits_for_the_delay_since_the_end_of_the_last() -> None:
    limiter = RateLimiter(time.monotonic)
    limiter.set(50)
    limiter.ended()
    began = time.monotonic()
    await limiter.wait()
    assert time.monotonic() - began >= 0.05


async def test_a_change_reaches_a_call_that_waits() -> None:
    limiter = RateLimiter(time.monotonic)
    limiter.set(60_000)
    limiter.ended()
    waiting = asyncio.create_task(limiter.wait())
    await asyncio.sleep(0)
    limiter.set(30_000)
    await asyncio.sleep(0)
    assert not waiting.done()
    limiter.set(0)
    async with asyncio.timeout(1):
        await waiting
