from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from runners.claudes import Claudes
from runners.external.source import OpenSource
from runners.pending_command import PendingCommand
from sessions_app.log import Log
from sessions_app.reader import Reader


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


@dataclass(frozen=True, slots=True)
class Desk:
    """What all sessions of a runner share."""

    log: Log
    reader: Reader
    claudes: Claudes
    held: dict[str, HeldSession]  # by session id
    has_room: Callable[[], Awaitable[None]]  # waits while a local reader is behind
    outside: OpenSource | None = None  # where others write the words; None: not here
