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
# Errors of an append or flush that the caller may ignore: the run's own next append
# raises the same.
CANNOT_WRITE: tuple[type[Exception], ...] = (HostClosed, *UNWRITABLE)


class Journal:
    """Writes one session's log, and the columns of its row that sum the log up."""

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
        self._after_turn: list[Callable[[], None]] = []
        self._is_closed = False
        self._mask = EventMask() if settings.MASK_SECRETS else not_masked
        # An external program keeps its own memory; it takes only people's messages from
        # the log.
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
        """Append events as Writer.append does, with secrets masked.

        An event over the size limit is cut, and kept whole beside the log. Raises
        HostClosed when the lease is lost.
        """
        await self._has_room()
        masked = [(event, self._mask(event)) for event in events]
        events = tuple([await self._kept(event, m) for event, m in masked if m])
        if self._is_closed:
            raise HostClosed
        summed, settled = dict(changes or {}), []
        for event in events:
            settled.append(self._cost.settled(event))
            summed |= self._cost.add(settled[-1])
            self._budget.add(settled[-1], at_top=self._is_top)
        write = partial(self._writer.append, changes=summed, applies=applies, move=move)
        try:
            try:
                await write(*settled)
            except EventTooLarge:
                await write(*await fit_events(tuple(settled), self._records.keep))
        except (LeaseLost, LogStopped) as error:
            raise HostClosed from error
        if any(isinstance(event, ENDS) for event in events):
            for callback in self._after_turn:
                callback()

    async def enter(
        self,
        status: SessionStatus,
        *events: Event,
        detail: str = "",
        command_id: str = "",
        changes: dict[str, Any] | None = None,
        applies: Sequence[int] = (),
        ts: int = 0,
    ) -> None:
        """Append events and the status they lead to, in the log and in the row.

        `ts`: when the status was reached, in ms since 1970; 0 is now.
        Raises IllegalMove if a run may not make this change; `MOVES` lists those it
        may.
        """
        move = StatusMove.by(StatusCause.RUN, status)
        entered = Status(ts=ts, status=status, detail=detail, command_id=command_id)
        row = self._row(status) | (changes or {})
        await self.append(*events, entered, changes=row, applies=applies, move=move)
        self.status = status

    async def flush(self) -> None:
        """Wait until every append is committed.

        Raises HostClosed, or the error with which the database refused an append.
        """
        try:
            await self._writer.flush()
        except (LeaseLost, LogStopped) as error:
            raise HostClosed from error

    async def mend(self) -> None:
        """Continue after the database refused a group, of which nothing was written."""
        try:
            await self.flush()
        except UNWRITABLE:
            session = self._session
            self._writer = self._log.writer(
                session.id, session.lease, self._writer.committed
            )

    async def _kept(self, event: Event, masked: Event) -> Event:
        """Store the original of a masked event, for the agent's memory.

        The original is committed before its event is.
        """
        if masked is event or isinstance(event, Delta):
            return masked
        if not self._remembers and not isinstance(event, UserMessage):
            return masked
        name = await self._records.keep_original(event)
        return msgspec.structs.replace(masked, unmasked_id=name)

    def after_turns(self, callback: Callable[[], None]) -> None:
        """Add what is called when a turn or a whole run has ended."""
        self._after_turn.append(callback)

    def close(self) -> None:
        """Refuse every further append: another process has the session."""
        self._is_closed = True

    def _row(self, status: SessionStatus) -> dict[str, Any]:
        row: dict[str, Any] = {"ended_at": None if status.is_active else Now()}
        if not self._has_started:
            self._has_started = True
            row["started_at"] = Now()
        return row
