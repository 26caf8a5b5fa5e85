from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from runners.engines.program.diagnostics import StderrTail
from runners.port.engine import SessionBrief


class LineSource(Protocol):
    """The origin of an external session's lines: a program or a recording."""

    @property
    def is_live(self) -> bool:
        """True for a running program, False for a recording."""
        ...

    @property
    def takes_input(self) -> bool:
        """Whether the program accepts a line now."""
        ...

    async def read(self) -> bytes:
        """Read the next bytes; b"" at the end."""
        ...

    def send(self, line: str) -> None:
        """Send one line of the protocol."""
        ...

    async def finish(self, wait_s: float) -> Sequence[str]:
        """Close the source's input, wait `wait_s` seconds for its end, then force it.

        Returns the names of the signals that were sent.
        """
        ...

    def wait_longer(self, wait_s: float) -> None:
        """Let a pending `finish` wait at least `wait_s` seconds from now."""
        ...

    async def end(self) -> int:
        """Wait for the source's end; returns the exit code, or -N for signal N."""
        ...


OpenLineSource = Callable[
    [SessionBrief, StderrTail], AbstractAsyncContextManager[LineSource]
]
