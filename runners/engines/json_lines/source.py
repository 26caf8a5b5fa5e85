from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from runners.engines.json_lines.diagnostics import StderrTail
from runners.port.engine import SessionBrief


class LineSource(Protocol):
    """A program or a recording: the origin of the lines of an external session."""

    @property
    def is_live(self) -> bool:
        """Whether it is a running program; otherwise it is a recording."""
        ...

    @property
    def hears(self) -> bool:
        """Whether it takes a line now."""
        ...

    async def read(self) -> bytes:
        """Read what has come; nothing at the end."""
        ...

    def send(self, line: str) -> None:
        """Send a line of the protocol."""
        ...

    async def finish(self, wait_s: float) -> Sequence[str]:
        """Send nothing more; wait so long for its end, then bring that about.

        Returns the names of the signals that it took.
        """
        ...

    def wait_longer(self, wait_s: float) -> None:
        """While `finish` waits: let it run for so long from now, at least."""
        ...

    async def end(self) -> int:
        """Wait for its end; return the exit code, or -N for signal N."""
        ...


OpenLineSource = Callable[
    [SessionBrief, StderrTail], AbstractAsyncContextManager[LineSource]
]
