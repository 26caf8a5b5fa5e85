from collections.abc import AsyncGenerator
from typing import Protocol

from sessions_app.protocol.wire import Json


class MessagesModel(Protocol):
    """A streaming Messages API; `Claude` implements it.

    `Claude` is imported only where one is constructed, because its SDK loads slowly.
    """

    def stream(self, request: Json) -> AsyncGenerator[list[Json], None]:
        """Yield the raw events of one reply, in lists. Raises ClaudeFailure."""
        ...
