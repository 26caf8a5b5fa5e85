import asyncio
from types import TracebackType
from typing import Any, Literal, Self

# "left": the runner stops, and another runner is to take the session over.
StopStatus = Literal["interrupted", "cancelled", "left"]


class Stopped(Exception):
    """The agent was stopped by a person or by the end of its runner."""

    def __init__(self, status: StopStatus) -> None:
        super().__init__(status)
        self.status = status


class Stop:
    """Interrupts an agent's waits, only at the points that its code marks.

    `async with stop:` marks such a wait and raises Stopped out of it. Code between two
    marks always completes: an append to the log is never half done. It works like
    asyncio.Timeout without the time, and is reused, because there is a wait for each
    token.
    """

    def __init__(self) -> None:
        self.status: StopStatus | None = None
        self._waiting: asyncio.Task[Any] | None = None
        self._cancelled_before = 0  # the task's cancelling() count when the wait began
        self._is_cut = False

    def set(self, status: StopStatus) -> None:
        """Stop the agent; a cancel outranks an interrupt."""
        if self.status != "cancelled":
            self.status = status
        # With call_soon, a result that is ready already is still delivered.
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._cut, self._waiting)

    def clear(self) -> None:
        self.status = None

    async def __aenter__(self) -> Self:
        if self.status:
            raise Stopped(self.status)
        self._waiting = asyncio.current_task()
        if self._waiting:
            self._cancelled_before = self._waiting.cancelling()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        task, self._waiting = self._waiting, None
        is_cut, self._is_cut = self._is_cut, False
        if not is_cut or task is None:
            return
        is_ours = task.uncancel() <= self._cancelled_before
        if is_ours and kind is not None and issubclass(kind, asyncio.CancelledError):
            raise Stopped(self.status or "interrupted") from None

    def _cut(self, task: "asyncio.Task[Any]") -> None:
        if self._waiting is task and self.status and not self._is_cut:
            self._is_cut = True
            task.cancel()
