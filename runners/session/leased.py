from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING

from runners.journal.budget import Budget
from runners.journal.journal import CANNOT_WRITE, Journal
from runners.mailbox.command_events import refusal
from runners.mailbox.mailbox import Mailbox
from runners.mailbox.pending_command import PendingCommand, free_questions
from runners.records.records import SessionRecords
from runners.session.finish import RunFinisher
from sessions_app.models import AgentSession
from sessions_app.protocol.events import Resumed, Throttled

if TYPE_CHECKING:  # each names the other
    from runners.session.context import RunnerContext

BUSY = "a server that shows this session has too much to do"


class LeasedSession(ABC):
    """A session whose lease this process has: what is written, and asked of it."""

    def __init__(
        self, context: "RunnerContext", session: AgentSession, budget: Budget
    ) -> None:
        self.context = context
        self.session = session
        self.records = SessionRecords(context.reader, session.id)
        self.journal = Journal(
            context.log, session, self.records, budget, context.has_room
        )
        self.mailbox = Mailbox()
        is_child = session.parent_id is not None
        self.finisher = RunFinisher(self.journal, self.mailbox, is_child=is_child)
        self._delay_ms = 0

    @property
    def session_id(self) -> str:
        return self.session.id

    @property
    def lease(self) -> str:
        return self.session.lease

    @property
    def committed(self) -> int:
        """The seq of its last event in the database."""
        return self.journal.committed

    @property
    def delay_ms(self) -> int:
        """How long it keeps between two API calls."""
        return self._delay_ms

    async def hear(self, commands: Iterable[PendingCommand]) -> None:
        """Take what people ask of it."""
        new = [command for command in commands if self.mailbox.put(command)]
        for command in new:
            if command in self.mailbox.stops:
                self._stop_for(command)
        try:
            await self.refuse(self.mailbox.strays)
        except CANNOT_WRITE:
            return  # whoever writes next meets the same, and deals with it

    async def slow_down(self, delay_ms: int) -> None:
        """Keep so long between two API calls; 0 is none."""
        if delay_ms == self._delay_ms:
            return
        self._delay_ms = delay_ms
        self._throttle(delay_ms)
        said = Throttled(delay_ms=delay_ms, reason=BUSY) if delay_ms else Resumed()
        try:
            await self.journal.append(said)
        except CANNOT_WRITE:
            return  # likewise

    async def refuse(self, commands: list[PendingCommand]) -> None:
        """Answer commands that make no sense now, so that they do not wait for ever."""
        if commands:
            self.mailbox.done(commands)
            ids = [command.id for command in commands]
            await self.context.reader.read(free_questions, ids)
            await self.journal.append(
                *[refusal(command) for command in commands], applies=ids
            )

    @abstractmethod
    def lose(self) -> None:
        """Stop without another word: its lease is gone."""

    @abstractmethod
    def _stop_for(self, command: PendingCommand) -> None:
        """Follow an interrupt, or a cancel."""

    @abstractmethod
    def _throttle(self, delay_ms: int) -> None:
        """Tell whoever makes its API calls."""
