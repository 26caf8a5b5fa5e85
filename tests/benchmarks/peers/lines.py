import asyncio
import time
from collections.abc import Awaitable, Callable

import msgspec

from tests.benchmarks.load.pacing import now_ms, paced

WORD = "word "
Send = Callable[[str], Awaitable[None]]


def line(session: str, number: int) -> str:
    """One event as the baselines carry it: the same word, on the same clock."""
    payload = {"block": "m1.0", "offset": len(WORD) * number, "delta": WORD}
    event = {
        "type": "text_delta",
        "sessionId": session,
        "ts": now_ms(),
        "payload": payload,
    }
    return msgspec.json.encode(event).decode()


async def send_lines(session: str, count: int, rate: float, send: Send) -> float:
    """Send events at a rate; return how long it took, in seconds."""
    started = time.perf_counter()
    async for number, _ in paced(count, rate):
        await send(line(session, number))
        await asyncio.sleep(0)
    return time.perf_counter() - started
