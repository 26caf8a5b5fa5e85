from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from runners.claudes import Claudes
from runners.held_session import HeldSession
from runners.source import OpenSource
from sessions_app.log.log import Log
from sessions_app.log.reader import Reader


@dataclass(frozen=True, slots=True)
class RunnerContext:
    """What all sessions of a runner share."""

    log: Log
    reader: Reader
    claudes: Claudes
    held: dict[str, HeldSession]  # by session id
    has_room: Callable[[], Awaitable[None]]  # waits while a local reader is behind
    outside: OpenSource | None = None  # where others write the words; None: not here
