import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

Work = Callable[[], Coroutine[None, None, None]]


class ConnectionTasks:
    """The tasks of a connection that has work: at most one for each kind of work.

    A task that fails ends the connection: `end` receives its exception. No task begins
    after `end` is done.
    """

    __slots__ = ("_end", "_running")

    def __init__(self, end: "asyncio.Future[Any]") -> None:
        self._end = end
        self._running: dict[Work, asyncio.Task[None]] = {}

    @property
    def running(self) -> Iterable["asyncio.Task[None]"]:
        return self._running.values()

    def begin(self, work: Work) -> None:
        """Start a task for a kind of work, unless one is running already."""
        if work in self._running or self._end.done():
            return
        task = asyncio.create_task(self._do(work))
        self._running[work] = task
        task.add_done_callback(self._end_if_failed)

    async def _do(self, work: Work) -> None:
        try:
            await work()
        finally:
            # No await lies between the work's last check for something to do and this
            # line, so a later request starts a new task and none is lost.
            del self._running[work]

    def _end_if_failed(self, task: "asyncio.Task[None]") -> None:
        if task.cancelled() or self._end.done():
            return
        if error := task.exception():
            self._end.set_exception(error)
