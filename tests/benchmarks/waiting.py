import asyncio
from collections.abc import Callable


async def comes_true(condition: Callable[[], bool], within_s: float = 60.0) -> bool:
    """Wait until a condition holds; False: it has not come to that in time.

    It is looked at, not signalled: what is measured shall not pay for being watched.
    """
    loop = asyncio.get_running_loop()
    latest = loop.time() + within_s
    while not condition():
        if loop.time() > latest:
            return False
        await asyncio.sleep(0.01)
    return True
