import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from tests.servers.process import PATIENCE_S

T = TypeVar("T")


class Background:
    """An event loop on a thread of its own, so that tests may be plain functions."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def call(self, work: Coroutine[Any, Any, T], within: float = PATIENCE_S) -> T:
        """Run a coroutine there and wait for what it returns."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(within)

    def do(self, act: Callable[[], T]) -> T:
        """Call a function there, where nothing else runs meanwhile."""

        async def acted() -> T:
            return act()

        return self.call(acted())

    def start(self, work: Coroutine[Any, Any, None]) -> Callable[[], None]:
        """Start a task there; return what cancels it and waits for its end."""

        async def started() -> asyncio.Task[None]:
            return asyncio.create_task(work)

        task = self.call(started())

        async def ended() -> None:
            task.cancel()
            await asyncio.wait([task])
            if not task.cancelled():
                task.result()

        return lambda: self.call(ended())

    def end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()
