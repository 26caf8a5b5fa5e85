from collections.abc import Iterable
from typing import Protocol

from runners.pending_command import PendingCommand


class HeldSession(Protocol):
    """A session whose lease this process has."""

    @property
    def lease(self) -> str: ...

    @property
    def committed(self) -> int:
        """The seq of its last event in the database."""
        ...

    @property
    def delay_ms(self) -> int:
        """How long it keeps between two API calls."""
        ...

    async def hear(self, commands: Iterable[PendingCommand]) -> None:
        """Take what people ask of it."""
        ...

    async def slow_down(self, delay_ms: int) -> None:
        """Keep so long between two API calls; 0 is none."""
        ...

    def lose(self) -> None:
        """Stop without another word: its lease is gone."""
        ...
