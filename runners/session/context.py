from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from runners.engines.json_lines.source import OpenLineSource
from runners.session.leased import LeasedSession
from runners.session.model_clients import ModelClients
from sessions_app.log.log import Log
from sessions_app.log.reader import Reader


@dataclass(frozen=True, slots=True)
class RunnerContext:
    """What all sessions of a runner share."""

    log: Log
    reader: Reader
    model_clients: ModelClients
    held: dict[str, LeasedSession]  # by session id
    has_room: Callable[[], Awaitable[None]]  # waits while a local reader is behind
    external: OpenLineSource | None = (
        None  # where others write the words; None: not here
    )
