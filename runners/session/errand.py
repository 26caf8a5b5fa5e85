import asyncio
import logging

from runners.journal.budget import Budget
from runners.mailbox.command_events import refusal
from runners.mailbox.pending_command import PendingCommand, pending_commands
from runners.port.host import HostClosed
from runners.port.stop_reason import StopReason
from runners.records.rows import busy_workdirs, read_log
from runners.records.workdir import note_base
from runners.review.place import ReviewPlace
from runners.review.watch import ChangesWatch
from runners.session.context import RunnerContext
from runners.session.leased import LeasedSession
from runners.ship.act import ErrandAct
from runners.worktrees.git import GitFailed
from sessions_app.log.leases import lease
from sessions_app.models import AgentSession
from sessions_app.protocol.commands import Errand
from sessions_app.protocol.events import Event
from sessions_app.protocol.review_events import BranchRebased

logger = logging.getLogger(__name__)


class Errands:
    """Carries out what people ask of a session's files and branch at its rest.

    It holds the session's lease meanwhile, so no agent works in the same files. The
    session's status stays as it is.
    """

    def __init__(self, context: RunnerContext, session: AgentSession) -> None:
        self._context = context
        self._session = session
        self._leased = LeasedSession(context, session, Budget(session.model), self)

    async def run(self) -> None:
        """Carry out the waiting commands, in order, and release the lease."""
        leased, reader = self._leased, self._context.reader
        leased.open()
        try:
            for command in await reader.read(pending_commands, [self._session.id]):
                if isinstance(command.command, Errand):
                    await self._answer(command, command.command)
            await self._compare(await reader.read(read_log, self._session.id))
            await leased.journal.flush()
        except HostClosed:
            logger.warning("event=lease_lost session=%s", self._session.id)
        finally:
            leased.close()
            await reader.read(lease.let_go, self._session.id, leased.lease)

    def stop(self, stop_reason: StopReason) -> None:
        """Do nothing: an errand is short."""

    def throttle(self, delay_ms: int) -> None:
        """Do nothing: no model is called."""

    async def _answer(self, command: PendingCommand, errand: Errand) -> None:
        reader, session = self._context.reader, self._session
        # Read anew: an errand before this one has written into it.
        await self._leased.journal.flush()
        log = await reader.read(read_log, session.id)
        busy = await reader.read(busy_workdirs)
        act = ErrandAct(session, log, busy, command.by, str(command.id))
        try:
            event = await asyncio.to_thread(act.do, errand)
        except GitFailed as error:
            event = refusal(command, str(error))
        if isinstance(event, BranchRebased):
            # Before the event: from then on, changes are compared with this commit.
            session.worktree = await reader.read(note_base, session.id, event.base)
        await self._leased.journal.append(event, applies=[command.id])

    async def _compare(self, log: list[Event]) -> None:
        """Log how the files are now."""
        place = await asyncio.to_thread(ReviewPlace.of, self._session)
        if place is None:
            return
        watch = ChangesWatch(place, self._leased.journal, self._leased.records, log)
        await watch.once()
