import asyncio
import time

import pytest

from runners.simulator.reply.pace import Pace


@pytest.mark.parametrize("jitter", [0.0, 1.0])
async def test_tokens_come_no_faster_than_the_rate(jitter: float) -> None:
    start = time.monotonic()
    pace = Pace(400, jitter, "seed")
    for _ in range(80):
        await pace.wait()
    # The last token may come half a gap early, and any later on a busy machine.
    assert 79.5 / 400 - 0.005 <= time.monotonic() - start < 5


async def test_a_late_stream_catches_up() -> None:
    pace = Pace(200, 0, "seed")
    await asyncio.sleep(0.25)
    start = time.monotonic()
    for _ in range(50):
        await pace.wait()
    assert time.monotonic() - start < 0.2


async def test_no_rate_is_as_fast_as_possible() -> None:
    start = time.monotonic()
    pace = Pace(0, 1, "seed")
    for _ in range(10_000):
        await pace.wait()
    assert time.monotonic() - start < 2
