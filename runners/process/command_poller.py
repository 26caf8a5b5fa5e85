import asyncio
from collections.abc import Collection

from django.conf import settings

from runners.mailbox.pending_command import PendingCommand, pending_commands
from runners.session.context import RunnerContext
from sessions_app.delivery.feed.throttle import delays
from sessions_app.log.layer import RUNNERS_GROUP, Layer


class CommandPoller:
    """Delivers new commands to all sessions that this process holds.

    It polls every COMMAND_POLL_S, and at once when another process nudges it.
    """

    def __init__(self, context: RunnerContext, layer: Layer) -> None:
        self._context = context
        self._layer = layer
        self._nudged = asyncio.Event()
        self._looked = asyncio.Event()

    def wake(self) -> None:
        """Poll at once."""
        self._nudged.set()

    async def next_look(self) -> None:
        """Wait until the next poll is done."""
        await self._looked.wait()

    async def run(self) -> None:
        while True:
            await self._look()
            self._looked.set()
            self._looked = asyncio.Event()
            try:
                async with asyncio.timeout(settings.COMMAND_POLL_S):
                    await self._nudged.wait()
            except TimeoutError:
                continue
            finally:
                self._nudged.clear()

    async def listen(self) -> None:
        """Receive nudges from a shared layer."""
        if self._layer.is_shared:
            await self._layer.stay(
                lambda: self._layer.join(RUNNERS_GROUP), lambda _: self.wake()
            )

    async def _look(self) -> None:
        held = dict(self._context.held)
        if not held:
            return
        commands, slowed = await self._context.reader.read(_asked, held.keys())
        for session_id, asked in commands.items():
            await held[session_id].receive(asked)
        for session_id, session in held.items():
            await session.slow_down(slowed.get(session_id, 0))


def _asked(
    session_ids: Collection[str],
) -> tuple[dict[str, list[PendingCommand]], dict[str, int]]:
    """Read the pending commands of each session, and how far viewers throttle it."""
    commands: dict[str, list[PendingCommand]] = {}
    for command in pending_commands(session_ids):
        commands.setdefault(command.session_id, []).append(command)
    return commands, delays(session_ids)
