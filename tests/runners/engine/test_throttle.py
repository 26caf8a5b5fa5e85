import asyncio
import time

from runners.engine.throttle import Throttle


async def test_the_first_call_does_not_wait() -> None:
    throttle = Throttle(time.monotonic)
    throttle.set(60_000)
    async with asyncio.timeout(1):
        await throttle.wait()


async def test_the_next_call_waits_for_the_delay_since_the_end_of_the_last() -> None:
    throttle = Throttle(time.monotonic)
    throttle.set(50)
    throttle.ended()
    began = time.monotonic()
    await throttle.wait()
    assert time.monotonic() - began >= 0.05


async def test_a_change_reaches_a_call_that_waits() -> None:
    throttle = Throttle(time.monotonic)
    throttle.set(60_000)
    throttle.ended()
    waiting = asyncio.create_task(throttle.wait())
    await asyncio.sleep(0)
    throttle.set(30_000)
    await asyncio.sleep(0)
    assert not waiting.done()
    throttle.set(0)
    async with asyncio.timeout(1):
        await waiting
