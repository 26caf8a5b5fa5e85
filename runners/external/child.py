from collections.abc import Callable, Iterable

from django.db import DatabaseError

from runners.budget import Budget
from runners.command_events import refusal
from runners.ending import Ending
from runners.engine.outlet import OutletClosed
from runners.external.relay import Relay, Spawn
from runners.external.transcript import Transcript
from runners.journal import Journal
from runners.mailbox import Mailbox
from runners.pending_command import PendingCommand, free_questions
from runners.runner_context import RunnerContext
from runners.session_records import SessionRecords
from sessions_app import lease
from sessions_app.models import AgentSession
from sessions_app.protocol.commands import Cancel, Command, Interrupt, Resume, Throttle
from sessions_app.protocol.events import (
    AgentComplete,
    Event,
    Resumed,
    SessionStarted,
    Throttled,
    UserMessage,
)
from sessions_app.protocol.status import SessionStatus

BUSY = "a server that shows this session has too much to do"


class OutsideChild:
    """A sub-agent of an external program: a session of its own, held here."""

    def __init__(
        self,
        context: RunnerContext,
        session: AgentSession,
        name: str,
        parent: Relay,
        transcript: Transcript,
        spawn: Spawn,
        tell: Callable[[Command], None],
    ) -> None:
        self._name = name  # as the program calls it
        self._parent = parent
        self.is_lost = False
        self._is_over = False
        self._context = context
        self._session = session
        self._tell = tell
        self._mailbox = Mailbox()
        records = SessionRecords(context.reader, session.id)
        self._journal = Journal(
            context.log, session, records, Budget(session.model), context.has_room
        )
        self._ending = Ending(self._journal, self._mailbox, is_child=True)
        self.relay = Relay(self._journal, self._mailbox, transcript, spawn, tell)
        self._delay_ms = 0

    @property
    def session(self) -> AgentSession:
        return self._session

    @property
    def session_id(self) -> str:
        return self._session.id

    @property
    def lease(self) -> str:
        return self._session.lease

    @property
    def committed(self) -> int:
        return self._journal.committed

    @property
    def delay_ms(self) -> int:
        return self._delay_ms

    async def open(self) -> None:
        self._context.held[self._session.id] = self
        session = self._session
        started = SessionStarted(
            model=session.model,
            workdir=session.workdir,
            permission_mode=session.permission_mode,
            engine=session.engine,
        )
        said = UserMessage(text=session.prompt)
        await self._journal.enter(SessionStatus.RUNNING, started, said)

    async def finish(self, complete: AgentComplete) -> None:
        """Write how it ended, and let go of it."""
        if self._is_over or self.is_lost:
            return
        self._is_over = True
        try:
            partial = complete.status != "success"
            finals: list[Event] = await self.relay.close(partial=partial)
            await self._ending.write([*finals, complete], complete.status)
            await self._journal.flush()
            await self._context.reader.read(lease.let_go, self._session.id, self.lease)
            await self._parent.child_ended(self._name, self.relay.last_text)
        finally:
            self._context.held.pop(self._session.id, None)

    async def hear(self, commands: Iterable[PendingCommand]) -> None:
        for command in commands:
            if self._mailbox.put(command) and command in self._mailbox.stops:
                is_cancel = isinstance(command.command, Cancel)
                self._tell(Cancel() if is_cancel else Interrupt())
        strays = self._mailbox.strays
        if not strays:
            return
        self._mailbox.done(strays)
        ids = [command.id for command in strays]
        await self._context.reader.read(free_questions, ids)
        await self._say(*[refusal(command) for command in strays], applies=ids)

    async def slow_down(self, delay_ms: int) -> None:
        if delay_ms == self._delay_ms:
            return
        self._delay_ms = delay_ms
        self._tell(Throttle(delay_ms=delay_ms) if delay_ms else Resume())
        await self._say(
            Throttled(delay_ms=delay_ms, reason=BUSY) if delay_ms else Resumed()
        )

    def lose(self) -> None:
        """Write no more of it: what the program still says of it is nobody's."""
        self.is_lost = True
        self._journal.close()
        self._context.held.pop(self._session.id, None)

    async def _say(self, *events: Event, applies: Iterable[int] = ()) -> None:
        try:
            await self._journal.append(*events, applies=[*applies])
        except (OutletClosed, DatabaseError):
            return  # whoever writes the next line meets the same
