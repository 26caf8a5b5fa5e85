import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

import msgspec
from django.conf import settings

from sessions_app.mcp.api import Api, ApiRefused, Json, ToolFailed
from sessions_app.protocol.backoff import Backoff
from sessions_app.protocol.encoding.server_sent_events import (
    EventStreamParser,
    ServerSentEvent,
)

MAY_NOT = {401, 403, 404}
STARTED = "session_started"
ChangedBy = Callable[[Json], Collection[str]]


@dataclass(frozen=True, slots=True)
class Changed:
    """What has changed since the last look: addresses, and whether there are others."""

    uris: frozenset[str]
    has_new: bool


@dataclass(eq=False)
class ChangeWatch:
    """Sees which of some resources change, by the API's stream of all sessions.

    The stream has what its caller may see, and nothing else; a lost one goes on where
    it was. What changes is kept as a set of addresses until it is asked for, so who
    asks seldom is told once.
    """

    api: Api
    changed_by: ChangedBy
    wanted: set[str] = field(default_factory=set)  # addresses
    wants_new: bool = False  # to hear of resources that the list did not have
    _pending: set[str] = field(default_factory=set)
    _has_new: bool = False
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _last_id: str = ""
    _is_live: asyncio.Event = field(default_factory=asyncio.Event)

    async def begun(self) -> None:
        """Wait until all that changes from now on is seen. Raises ToolFailed."""
        try:
            async with asyncio.timeout(settings.MCP_BEGIN_MAX_S):
                await self._is_live.wait()
        except TimeoutError:
            raise ToolFailed("Changes cannot be followed now: try it later.") from None

    async def run(self) -> None:
        """Read the stream until the caller may not read any more."""
        backoff = Backoff(settings.MCP_RETRY_MIN_S, settings.MCP_RETRY_MAX_S)
        while True:
            try:
                async with self.api.stream("events", self._last_id) as lines:
                    parser = EventStreamParser()
                    async for line in lines:
                        if not (message := parser.feed(line)):
                            continue
                        backoff.reset()
                        if message.name == "end":
                            return
                        self._take(message)
            except ApiRefused as error:
                if error.status in MAY_NOT:
                    return
            except ToolFailed:
                pass  # the server is away, or cut the stream
            await asyncio.sleep(backoff.next_s())

    async def next(self) -> Changed:
        """Wait for changes; those of one moment come together."""
        await self._news.wait()
        await asyncio.sleep(settings.MCP_GATHER_S)
        self._news.clear()
        changed = Changed(frozenset(self._pending & self.wanted), self._has_new)
        self._pending.clear()
        self._has_new = False
        return changed

    def mark(self, uris: Collection[str]) -> None:
        """Note that these have changed, or may have."""
        self._pending |= self.wanted & set(uris)
        if self._pending or self._has_new:
            self._news.set()

    def _take(self, message: ServerSentEvent) -> None:
        self._last_id = message.id or self._last_id
        if message.name == "live":
            self._is_live.set()
        elif message.name == "reset":  # logs were replaced or redacted: which, is rare
            self.mark(self.wanted)
        elif not message.name and message.data:
            event: Json = msgspec.json.decode(message.data)
            self._has_new |= self.wants_new and event["type"] == STARTED
            self.mark(self.changed_by(event))
