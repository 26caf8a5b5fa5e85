from runners.mailbox.command_events import user_messages
from runners.mailbox.pending_command import PendingCommand, pending_commands
from runners.mailbox.taken_messages import taken_messages
from runners.port.stop_reason import StopReason
from runners.records.tool_processes import forget_own
from runners.session.leased import LeasedSession
from sessions_app.log.leases import lease
from sessions_app.protocol.events import Error
from sessions_app.protocol.status import SessionStatus


class SessionRelease:
    """Releases a session's lease without losing a command that arrives meanwhile."""

    def __init__(self, leased: LeasedSession) -> None:
        self._leased = leased
        self._reader = leased.context.reader

    async def release(self) -> bool:
        """Release the lease; returns False if new messages wait."""
        leased = self._leased
        while leased.stop_request.reason is not StopReason.SHUTDOWN:
            leased.stop_request.clear()
            if await taken_messages(leased.mailbox, leased.records):
                return False
            leased.mailbox.expect(frozenset())
            await leased.refuse([*leased.mailbox.stops, *leased.mailbox.strays])
            await leased.journal.flush()
            await self._reader.read(forget_own, leased.session_id)
            if await self._reader.read(lease.release, leased.session_id, leased.lease):
                return True
            await leased.receive(await self._pending())
        await self.let_go()
        return True

    async def let_go(self) -> None:
        """Release the lease in any case; pending messages queue the session again."""
        leased = self._leased
        await leased.journal.flush()
        await self._reader.read(lease.let_go, leased.session_id, leased.lease)

    async def fail(self, code: str, message: str) -> None:
        """Log the error that ends the run, and release the lease. Raises HostClosed."""
        leased = self._leased
        await leased.journal.mend()
        await leased.receive(await self._pending())
        await leased.refuse(leased.mailbox.stops)
        prompts = await taken_messages(leased.mailbox, leased.records)
        await leased.journal.enter(
            SessionStatus.FAILED,
            # If these messages stayed pending, they would queue the session to fail
            # again.
            *[message for p in prompts for message in user_messages(p)],
            Error(code=code, message=message, fatal=True),
            applies=[p.id for p in prompts],
        )
        await self.let_go()

    async def _pending(self) -> list[PendingCommand]:
        return await self._reader.read(pending_commands, [self._leased.session_id])
