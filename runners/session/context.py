from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from runners.engines.pool import EnginePool
from runners.session.leased import LeasedSession
from sessions_app.log.database.reader import Reader
from sessions_app.log.log import Log


@dataclass(frozen=True, slots=True)
class RunnerContext:
    """The resources that all sessions of a runner share."""

    log: Log
    reader: Reader
    engines: EnginePool
    held: dict[str, LeasedSession]  # the sessions leased by this process, by id
    has_room: Callable[[], Awaitable[None]]  # waits while a local reader is behind
