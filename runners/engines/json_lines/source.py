from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from runners.engines.json_lines.diagnostics import StderrTail
from sessions_app.models import AgentSession


class LineSource(Protocol):
    """Where lines come from that somebody else has written."""

    @property
    def is_live(self) -> bool:
        """A program that runs now; else a recording."""
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
        """Ask nothing more of it; wait for its end, and then see to that.

        Answers what had to be done, for people.
        """
        ...

    async def end(self) -> int:
        """Wait for its end; answers the exit code, -N for signal N."""
        ...


OpenLineSource = Callable[
    [AgentSession, StderrTail], AbstractAsyncContextManager[LineSource]
]
