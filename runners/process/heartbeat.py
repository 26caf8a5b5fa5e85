import asyncio

from django.conf import settings

from runners.session.context import RunnerContext
from sessions_app.log.leases.lease import heartbeat
from sessions_app.log.metrics import SESSIONS_HELD, SESSIONS_THROTTLED
from sessions_app.models import RunnerProcess
from sessions_app.operations.presence import Presence


class Heartbeat:
    """Renews this process's leases while their sessions write nothing.

    The heartbeat also publishes the process's load for the admin and /metrics.
    """

    def __init__(self, context: RunnerContext) -> None:
        self.concurrency = 1
        self._context = context
        self.presence = Presence(RunnerProcess, context.reader)
        # Last committed seq by session, at the last beat.
        self._committed: dict[str, int] = {}

    async def run(self) -> None:
        try:
            while True:
                await self._publish()
                await asyncio.sleep(settings.HEARTBEAT_INTERVAL_S)
                await self._beat()
        finally:
            await self.presence.leave()

    async def _publish(self) -> None:
        held = self._context.held.values()
        throttled = sum(session.delay_ms > 0 for session in held)
        SESSIONS_HELD.set(len(held))
        SESSIONS_THROTTLED.set(throttled)
        await self.presence.beat(
            concurrency=self.concurrency, sessions=len(held), throttled=throttled
        )

    async def _beat(self) -> None:
        held = dict(self._context.held)
        now = {session_id: run.committed for session_id, run in held.items()}
        # An append renews the heartbeat too, and notices a lost lease by itself.
        quiet = [key for key in held if now[key] == self._committed.get(key)]
        self._committed = now
        if not quiet:
            return
        leases = {session_id: held[session_id].lease for session_id in quiet}
        kept = await self._context.reader.read(heartbeat, leases)
        for session_id in leases.keys() - kept:
            held[session_id].lose()
