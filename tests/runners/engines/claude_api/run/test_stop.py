import asyncio

import pytest

from runners.engines.claude_api.run.stop import Stop, Stopped


async def test_a_stop_ends_a_wait_and_only_a_wait() -> None:
    stop = Stop()
    told: list[str] = []

    async def work() -> None:
        try:
            async with stop:
                await asyncio.Event().wait()
        except Stopped as stopped:
            await asyncio.sleep(0)
            told.append(stopped.status)
            raise

    running = asyncio.create_task(work())
    await asyncio.sleep(0)
    stop.set("interrupted")
    with pytest.raises(Stopped):
        await running
    assert told == ["interrupted"]


async def test_a_stop_between_two_waits_is_found_by_the_next() -> None:
    stop = Stop()
    stop.set("interrupted")
    stop.set("cancelled")
    stop.set("interrupted")
    with pytest.raises(Stopped, match="cancelled"):
        async with stop:
            raise AssertionError
    stop.clear()
    async with stop:
        await asyncio.sleep(0)


async def test_a_cancel_from_elsewhere_stays_a_cancel() -> None:
    stop = Stop()

    async def work() -> None:
        async with stop:
            await asyncio.Event().wait()

    running = asyncio.create_task(work())
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_a_time_out_inside_a_wait_stays_one() -> None:
    with pytest.raises(TimeoutError):
        async with Stop(), asyncio.timeout(0):
            await asyncio.Event().wait()
