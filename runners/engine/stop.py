import asyncio
from types import TracebackType
from typing import Literal, Self

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
    marks nothing is torn: an append to the log is never half done.
    """

    def __init__(self) -> None:
        self.status: StopStatus | None = None
        self._wait: asyncio.Timeout | None = None

    def set(self, status: StopStatus) -> None:
        """Stop; a cancel outranks an interrupt."""
        if self.status != "cancelled":
            self.status = status
        if self._wait:
            self._wait.reschedule(0)

    def clear(self) -> None:
        self.status = None

    async def __aenter__(self) -> Self:
        if self.status:
            raise Stopped(self.status)
        self._wait = asyncio.timeout(None)
        await self._wait.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        wait, self._wait = self._wait, None
        try:
            if wait:
                await wait.__aexit__(kind, error, traceback)
        except TimeoutError:
            raise Stopped(self.status or "interrupted") from None
