import time
from collections.abc import Callable

from runners.engines.json_lines.relay import Relay, Spawn
from runners.engines.json_lines.transcript import Transcript
from runners.journal.budget import Budget
from runners.mailbox.pending_command import PendingCommand
from runners.session.context import RunnerContext
from runners.session.leased import LeasedSession
from sessions_app.log import lease
from sessions_app.models import AgentSession
from sessions_app.protocol.commands import Cancel, Command, Interrupt, Resume, Throttle
from sessions_app.protocol.events import (
    AgentComplete,
    Event,
    SessionStarted,
    UserMessage,
)
from sessions_app.protocol.status import SessionStatus


class ExternalChild(LeasedSession):
    """A sub-agent of an external program: a session of its own, held here."""

    def __init__(
        self,
        context: RunnerContext,
        session: AgentSession,
        name: str,
        parent: Relay,
        spawn: Spawn,
        tell: Callable[[Command], None],
    ) -> None:
        super().__init__(context, session, Budget(session.model))
        self._name = name  # as the program calls it
        self._parent = parent
        self.is_lost = False
        self._is_over = False
        self._tell = tell
        transcript = Transcript(session.model, 0, time.monotonic)
        self.relay = Relay(self.journal, self.mailbox, transcript, spawn, tell)

    async def open(self) -> None:
        self.context.held[self.session.id] = self
        session = self.session
        started = SessionStarted(
            model=session.model,
            workdir=session.workdir,
            permission_mode=session.permission_mode,
            engine=session.engine,
        )
        said = UserMessage(text=session.prompt)
        await self.journal.enter(SessionStatus.RUNNING, started, said)

    async def finish(self, complete: AgentComplete) -> None:
        """Write how it ended, and let go of it."""
        if self._is_over or self.is_lost:
            return
        self._is_over = True
        try:
            partial = complete.status != "success"
            finals: list[Event] = await self.relay.close(partial=partial)
            await self.finisher.write([*finals, complete], complete.status)
            await self.journal.flush()
            await self.context.reader.read(lease.let_go, self.session.id, self.lease)
            await self._parent.child_ended(self._name, self.relay.last_text)
        finally:
            self.context.held.pop(self.session.id, None)

    def lose(self) -> None:
        """Write no more of it: what the program still says of it is nobody's."""
        self.is_lost = True
        self.journal.close()
        self.context.held.pop(self.session.id, None)

    def _stop_for(self, command: PendingCommand) -> None:
        is_cancel = isinstance(command.command, Cancel)
        self._tell(Cancel() if is_cancel else Interrupt())

    def _throttle(self, delay_ms: int) -> None:
        self._tell(Throttle(delay_ms=delay_ms) if delay_ms else Resume())
