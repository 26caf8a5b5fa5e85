import asyncio
from collections.abc import Sequence

from runners.journal.budget import Budget
from runners.mailbox.command_events import user_messages
from runners.mailbox.pending_command import PendingCommand, pending_commands
from runners.mailbox.taken_messages import taken_messages
from runners.port.errors import RunFailed
from runners.records.rows import read_log, turns_below, username
from runners.records.workdir import prepare_workdir
from runners.session.leased import LeasedSession
from sessions_app.masking.originals import options_of, prompt_of
from sessions_app.protocol.commands import Cancel, Interrupt, Prompt
from sessions_app.protocol.events import Event, SessionStarted, UserMessage
from sessions_app.protocol.status import SessionStatus
from sessions_app.sessions.budget_limits import budget_limits


class SessionResume:
    """The steps done once, between a session's claim and its first round."""

    def __init__(self, leased: LeasedSession) -> None:
        self._leased = leased
        self._reader = leased.context.reader

    async def read_log(self) -> list[Event]:
        return await self._reader.read(read_log, self._leased.session_id)

    async def pending(self) -> list[PendingCommand]:
        return await self._reader.read(pending_commands, [self._leased.session_id])

    async def receive_pending(self) -> None:
        """Receive commands that are older than the claim; refuse outdated stops.

        A stop sent to a queued session after its last message is still valid.
        """
        leased = self._leased
        pending = await self.pending()
        last = max((c.id for c in pending if isinstance(c.command, Prompt)), default=0)
        was_queued = leased.journal.status is SessionStatus.QUEUED
        void = [
            command
            for command in pending
            if isinstance(command.command, Interrupt | Cancel)
            and not (was_queued and command.id > last)
        ]
        await leased.refuse(void)
        await leased.receive(command for command in pending if command not in void)

    async def recall_budget(self, budget: Budget, log: Sequence[Event]) -> None:
        """Read the tree's budget limits, and its spending from the logs.

        Raises RunFailed.
        """
        session = self._leased.session
        try:
            budget.limit(budget_limits(session.budget))
        except ValueError as error:
            raise RunFailed("bad_budget", str(error)) from error
        if budget.is_limited:
            budget.recall(log, at_top=True)
            below = await self._reader.read(turns_below, session.id)
            budget.recall(below, at_top=False)

    async def recall_options(self) -> None:
        """Load the options unmasked: the row masks secrets of a command line."""
        session = self._leased.session
        session.options = await self._reader.read(options_of, session)

    async def prepare_workdir(self) -> None:
        """Create the working directory or the worktree. Raises RunFailed."""
        await asyncio.to_thread(prepare_workdir, self._leased.session)

    async def open(
        self, closing: Sequence[Event], log: Sequence[Event]
    ) -> Sequence[Event]:
        """Log the finals of a dead runner's work, session_started and new messages.

        Returns these events.
        """
        leased, session = self._leased, self._leased.session
        prompts = await taken_messages(leased.mailbox, leased.records)
        messages = [message for p in prompts for message in user_messages(p)]
        is_told = any(isinstance(event, UserMessage) for event in log)
        if session.prompt and not is_told:
            by = await self._reader.read(username, session)
            prompt = await self._reader.read(prompt_of, session)
            messages = [UserMessage(text=prompt, by=by), *messages]
        started = SessionStarted(
            model=session.model,
            workdir=session.workdir,
            permission_mode=session.permission_mode,
            engine=session.engine,
            resumed=bool(log),
        )
        events = [*closing, started, *messages]
        await leased.journal.enter(
            SessionStatus.RUNNING,
            *events,
            changes={"workdir": session.workdir, "worktree": session.worktree},
            applies=[p.id for p in prompts],
        )
        leased.mailbox.done(prompts)
        return events
