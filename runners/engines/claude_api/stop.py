import asyncio
from types import TracebackType
from typing import Any, Literal, Self

# "left": nobody wants it to stop, but its runner does.
StopStatus = Literal["interrupted", "cancelled", "left"]


class Stopped(Exception):
    """A person, or the end of its runner, has stopped the agent."""

    def __init__(self, status: StopStatus) -> None:
        super().__init__(status)
        self.status = status


class Stop:
    """Ends what an agent waits for, where its code says that it may.

    `async with stop:` marks such a wait and raises Stopped out of it. Between two
    marks nothing is torn: an append to the log is never half done. It is asyncio's
    Timeout without the time, and made once: there is a wait for each token.
    """

    def __init__(self) -> None:
        self.status: StopStatus | None = None
        self._waiting: asyncio.Task[Any] | None = None
        self._cancelled_before = 0  # by others, when the wait began
        self._is_cut = False

    def set(self, status: StopStatus) -> None:
        """Stop; a cancel outranks an interrupt."""
        if self.status != "cancelled":
            self.status = status
        # Soon, not now: what has come by then is still taken.
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
