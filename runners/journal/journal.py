from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

import msgspec
from django.conf import settings
from django.db.models.functions import Now

from runners.journal.budget import Budget
from runners.journal.cost import SessionCost
from runners.journal.oversized import fit_events
from runners.port.host import HostClosed
from runners.records.records import SessionRecords
from sessions_app.log.committer import UNWRITABLE, LeaseLost
from sessions_app.log.log import EventTooLarge, Log, LogStopped
from sessions_app.masking.events import EventMask, not_masked
from sessions_app.models import AgentSession
from sessions_app.protocol.events import (
    AgentComplete,
    Delta,
    Event,
    Status,
    TurnEnd,
    UserMessage,
)
from sessions_app.protocol.status import SessionStatus, StatusCause, StatusMove

ENDS = (TurnEnd, AgentComplete)
# What an append or a flush may raise, where the run itself meets the same.
CANNOT_WRITE: tuple[type[Exception], ...] = (HostClosed, *UNWRITABLE)


class Journal:
    """What one run writes: its session's log, and the row that sums it up."""

    def __init__(
        self,
        log: Log,
        session: AgentSession,
        records: SessionRecords,
        budget: Budget,
        has_room: Callable[[], Awaitable[None]],
    ) -> None:
        self.status = SessionStatus(session.status)
        self._log = log
        self._session = session
        self._records = records
        self._budget = budget
        self._is_top = session.parent_id is None
        self._writer = log.writer(session.id, session.lease, session.head_seq)
        self._has_room = has_room
        self._cost = SessionCost(session)
        self._has_started = session.started_at is not None
        self._after_turn: Callable[[], None] | None = None
        self._is_closed = False
        self._mask = EventMask() if settings.MASK_SECRETS else not_masked
        # A program remembers by itself; only what people say it hears from the log.
        self._remembers = session.kind.remembers_by_log

    @property
    def committed(self) -> int:
        """The seq of the last event in the database."""
        return self._writer.committed

    async def append(
        self,
        *events: Event,
        changes: dict[str, Any] | None = None,
        applies: Sequence[int] = (),
        move: StatusMove | None = None,
    ) -> None:
        """Append as Writer does, whatever the size of an event.

        Raises HostClosed when the lease is lost.
        """
        await self._has_room()
        masked = [(event, self._mask(event)) for event in events]
        events = tuple([await self._kept(event, m) for event, m in masked if m])
        if self._is_closed:
            raise HostClosed
        summed, told = dict(changes or {}), []
        for event in events:
            told.append(self._cost.settled(event))
            summed |= self._cost.add(told[-1])
            self._budget.add(told[-1], at_top=self._is_top)
        write = partial(self._writer.append, changes=summed, applies=applies, move=move)
        try:
            try:
                await write(*told)
            except EventTooLarge:
                await write(*await fit_events(tuple(told), self._records.keep))
        except (LeaseLost, LogStopped) as error:
            raise HostClosed from error
        if self._after_turn and any(isinstance(event, ENDS) for event in events):
            self._after_turn()

    async def enter(
        self,
        status: SessionStatus,
        *events: Event,
        detail: str = "",
        command_id: str = "",
        changes: dict[str, Any] | None = None,
        applies: Sequence[int] = (),
    ) -> None:
        """Append events and the status they lead to, in the log and in the row.

        Raises IllegalMove if no run may go there from the present status.
        """
        move = StatusMove.by(StatusCause.RUN, status)
        said = Status(status=status, detail=detail, command_id=command_id)
        row = self._row(status) | (changes or {})
        await self.append(*events, said, changes=row, applies=applies, move=move)
        self.status = status

    async def flush(self) -> None:
        """Wait until all is in the database. Raises as `append`, or what it refused."""
        try:
            await self._writer.flush()
        except (LeaseLost, LogStopped) as error:
            raise HostClosed from error

    async def mend(self) -> None:
        """Go on after what the database refused: that group was not written."""
        try:
            await self.flush()
        except UNWRITABLE:
            session = self._session
            self._writer = self._log.writer(
                session.id, session.lease, self._writer.committed
            )

    async def _kept(self, event: Event, masked: Event) -> Event:
        """Keep the original of an event that was masked, for the agent's memory.

        It is in the database before the event is.
        """
        if masked is event or isinstance(event, Delta):
            return masked
        if not self._remembers and not isinstance(event, UserMessage):
            return masked
        name = await self._records.keep_original(event)
        return msgspec.structs.replace(masked, unmasked_id=name)

    def after_turns(self, tell: Callable[[], None]) -> None:
        """Call this when a turn, or a whole run, has ended."""
        self._after_turn = tell

    def close(self) -> None:
        """Write nothing more: the session is somebody else's."""
        self._is_closed = True

    def _row(self, status: SessionStatus) -> dict[str, Any]:
        row: dict[str, Any] = {"ended_at": None if status.is_active else Now()}
        if not self._has_started:
            self._has_started = True
            row["started_at"] = Now()
        return row
