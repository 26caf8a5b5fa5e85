from collections.abc import AsyncGenerator
from typing import Protocol

from sessions_app.protocol.wire import Json


class MessagesModel(Protocol):
    """Whoever answers requests; `Claude` is one, imported only where it is made."""

    def stream(self, request: Json) -> AsyncGenerator[list[Json], None]:
        """Yield one reply's raw events, in lists. Raises ClaudeFailure."""
        ...
