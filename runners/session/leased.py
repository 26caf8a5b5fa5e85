from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol

from runners.journal.budget import Budget
from runners.journal.journal import CANNOT_WRITE, Journal
from runners.mailbox.command_events import refusal
from runners.mailbox.mailbox import Mailbox
from runners.mailbox.pending_command import PendingCommand, free_questions
from runners.port.stop_reason import StopReason, StopRequest
from runners.records.records import SessionRecords
from runners.session.finish import RunFinisher
from sessions_app.models import AgentSession
from sessions_app.protocol.commands import Cancel, Prompt
from sessions_app.protocol.events import Resumed, Throttled

if TYPE_CHECKING:  # the context lists leased sessions
    from runners.session.context import RunnerContext

BUSY = "a web server that shows this session is overloaded"


class LeaseOwner(Protocol):
    """The runner of a leased session, which obeys stops and throttling."""

    def stop(self, stop_reason: StopReason) -> None: ...

    def throttle(self, delay_ms: int) -> None: ...


class LeasedSession:
    """A session this process holds the lease for: its journal and its mailbox."""

    def __init__(
        self,
        context: "RunnerContext",
        session: AgentSession,
        budget: Budget,
        owner: LeaseOwner,
    ) -> None:
        self.context = context
        self.session = session
        self.stop_request = StopRequest()
        self.records = SessionRecords(context.reader, session.id)
        self.journal = Journal(
            context.log, session, self.records, budget, context.has_room
        )
        is_child = session.parent_id is not None
        self.mailbox = Mailbox(
            takes_prompts=session.kind.takes_messages,
            takes_choices=session.kind.has_settings and not is_child,
        )
        self.finisher = RunFinisher(
            self.journal,
            self.mailbox,
            self.records,
            self.stop_request,
            is_child=is_child,
        )
        self.is_lost = False
        self._owner = owner
        self._delay_ms = 0

    @property
    def session_id(self) -> str:
        return self.session.id

    @property
    def lease(self) -> str:
        return self.session.lease

    @property
    def committed(self) -> int:
        """The seq of the session's last event in the database."""
        return self.journal.committed

    @property
    def delay_ms(self) -> int:
        """The pause between two API calls that servers ask for now."""
        return self._delay_ms

    def open(self) -> None:
        """Register with the process: commands and heartbeats now reach the session."""
        self.context.held[self.session_id] = self

    def close(self) -> None:
        """Remove the session from this process's register."""
        self.context.held.pop(self.session_id, None)

    def lose(self) -> None:
        """Close the journal and stop: another process has the lease."""
        self.is_lost = True
        self.journal.close()
        self._owner.stop(StopReason.LOSS)

    async def receive(self, commands: Iterable[PendingCommand]) -> None:
        """Receive new commands; a stop takes effect at once."""
        new = [command for command in commands if self.mailbox.put(command)]
        for command in new:
            if command in self.mailbox.stops:
                is_cancel = isinstance(command.command, Cancel)
                self._owner.stop(
                    StopReason.CANCEL if is_cancel else StopReason.INTERRUPT
                )
        try:
            await self.refuse(self.mailbox.strays)
        except CANNOT_WRITE:
            return  # the run's next append fails too and ends the run

    async def slow_down(self, delay_ms: int) -> None:
        """Set the pause between two API calls, in ms; 0 ends throttling."""
        if delay_ms == self._delay_ms:
            return
        self._delay_ms = delay_ms
        self._owner.throttle(delay_ms)
        event = Throttled(delay_ms=delay_ms, reason=BUSY) if delay_ms else Resumed()
        try:
            await self.journal.append(event)
        except CANNOT_WRITE:
            return  # the run's next append fails too and ends the run

    async def refuse(self, commands: list[PendingCommand]) -> None:
        """Answer commands that cannot be followed now, so that none stays pending."""
        if commands:
            self.mailbox.done(commands)
            ids = [command.id for command in commands]
            await self.context.reader.read(free_questions, ids)
            await self.journal.append(
                *[refusal(command, self._why(command)) for command in commands],
                applies=ids,
            )

    def _why(self, command: PendingCommand) -> str:
        """The reason specific to this session; "" for the command's general one."""
        kind = self.session.kind
        if isinstance(command.command, Prompt) and not kind.takes_messages:
            return kind.at_rest_text.format(id=self.session_id)
        return ""
