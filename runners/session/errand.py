import asyncio
import logging

from runners.journal.budget import Budget
from runners.mailbox.command_events import refusal
from runners.mailbox.pending_command import PendingCommand, pending_commands
from runners.port.host import HostClosed
from runners.port.stop_reason import StopReason
from runners.records.rows import read_log
from runners.review.place import ReviewPlace
from runners.review.ship import commit, restore
from runners.review.watch import ChangesWatch
from runners.session.context import RunnerContext
from runners.session.leased import LeasedSession
from runners.worktrees.git import GitFailed
from sessions_app.log.leases import lease
from sessions_app.models import AgentSession
from sessions_app.protocol.commands import CommitChanges, RestoreFiles
from sessions_app.protocol.events import (
    ChangesCommitted,
    Event,
    FilesRestored,
    WorkdirChanges,
)

logger = logging.getLogger(__name__)


class Errands:
    """Carries out what people ask of a session's files while its agent rests.

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
            log = await reader.read(read_log, self._session.id)
            for command in await reader.read(pending_commands, [self._session.id]):
                if isinstance(command.command, CommitChanges | RestoreFiles):
                    await self._answer(command, log)
            await self._compare(log)
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

    async def _answer(self, command: PendingCommand, log: list[Event]) -> None:
        try:
            event = await asyncio.to_thread(self._act, command, log)
        except GitFailed as error:
            event = refusal(command, str(error))
        await self._leased.journal.append(event, applies=[command.id])

    def _act(self, command: PendingCommand, log: list[Event]) -> Event:
        place = ReviewPlace.of(self._session)
        if place is None:
            raise GitFailed("the session works in no git repository")
        by, command_id = command.by, str(command.id)
        match command.command:
            case CommitChanges(message=message, tree=tree):
                made = commit(place, message, tree, by)
                return ChangesCommitted(
                    commit=made, message=message, by=by, command_id=command_id
                )
            case RestoreFiles(source=source, tree=tree, paths=paths):
                _check_known(source, log)
                changed = restore(place, source, tree, paths)
                return FilesRestored(
                    source=source,
                    before=tree,
                    paths=changed,
                    by=by,
                    command_id=command_id,
                )
        raise TypeError(f"not an errand: {command.command!r}")

    async def _compare(self, log: list[Event]) -> None:
        """Log how the files are now."""
        place = await asyncio.to_thread(ReviewPlace.of, self._session)
        if place is None:
            return
        watch = ChangesWatch(place, self._leased.journal, self._leased.records, log)
        await watch.once()


def _check_known(tree: str, log: list[Event]) -> None:
    """Refuse a state that this session never was in."""
    said = [event for event in log if isinstance(event, WorkdirChanges)]
    if tree not in {name for event in said for name in (event.base, event.tree)}:
        raise GitFailed("the log names no such state of the files")
