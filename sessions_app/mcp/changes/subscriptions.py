import asyncio
from collections.abc import Awaitable, Callable

from django.conf import settings

from sessions_app.mcp.api import ToolFailed
from sessions_app.mcp.changes.change_watch import ChangeWatch

Tell = Callable[[str], Awaitable[None]]


class Subscriptions:
    """The resources that one client is told of when they change.

    For clients with a handshake (up to 2025-11-25), whose notifications go by a stream
    that they open beside their requests. While none is open, changes are kept, once
    for each address.
    """

    def __init__(
        self,
        watch: ChangeWatch,
        tell: Tell,
        is_heard: asyncio.Event,
        on_end: Callable[[], None],
    ) -> None:
        """`on_end` is called, in the end, when the client may not read any more."""
        self._watch = watch
        self._tell = tell
        self._is_heard = is_heard
        self._on_end = on_end
        self._tasks: list[asyncio.Task[None]] = []

    async def add(self, uri: str) -> None:
        """Tell of changes from now on. Raises ToolFailed."""
        wanted = self._watch.wanted
        most = settings.MCP_SUBSCRIPTIONS_MAX
        if uri not in wanted and len(wanted) >= most:
            raise ToolFailed(
                f"A session has at most {most} subscriptions: end one with "
                "resources/unsubscribe."
            )
        wanted.add(uri)
        if not self._tasks:
            self._tasks = [
                asyncio.create_task(self._read(), name="mcp changes"),
                asyncio.create_task(self._send(), name="mcp notifications"),
            ]
        await self._watch.begun()

    def remove(self, uri: str) -> None:
        self._watch.wanted.discard(uri)

    def tell_all(self) -> None:
        """Tell of every address: what was sent on a stream that broke may be lost."""
        self._watch.mark(self._watch.wanted)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _read(self) -> None:
        await self._watch.run()
        self._on_end()

    async def _send(self) -> None:
        while True:
            await self._is_heard.wait()
            changed = await self._watch.next()
            await self._is_heard.wait()
            for uri in sorted(changed.uris):
                await self._tell(uri)
