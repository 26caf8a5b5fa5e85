from collections.abc import Sequence
from types import MappingProxyType

from runners.journal.journal import Journal
from runners.mailbox.command_events import refusal
from runners.mailbox.mailbox import Mailbox
from runners.mailbox.pending_command import PendingCommand
from runners.mailbox.taken_messages import taken_messages
from runners.port.stop_reason import StopReason, StopRequest
from runners.records.records import SessionRecords
from sessions_app.protocol.events import AgentComplete, Event, Outcome
from sessions_app.protocol.status import SessionStatus

RUNNER_STOPPED = "its runner was stopped"
STATUSES = MappingProxyType(
    {
        "success": SessionStatus.COMPLETED,
        "error": SessionStatus.FAILED,
        "interrupted": SessionStatus.IDLE,
        "cancelled": SessionStatus.CANCELLED,
        "budget": SessionStatus.IDLE,
    }
)


class RunFinisher:
    """Writes how a run ended and answers the commands that asked for its end."""

    def __init__(
        self,
        journal: Journal,
        mailbox: Mailbox,
        records: SessionRecords,
        stop_request: StopRequest,
        *,
        is_child: bool,
    ) -> None:
        self._journal = journal
        self._mailbox = mailbox
        self._records = records
        self._stop_request = stop_request
        self._is_child = is_child

    async def append(self, *events: Event) -> None:
        """Append a run's events; a final `agent_complete` also sets the status."""
        if events and isinstance(events[-1], AgentComplete):
            await self.write(events, events[-1].status)
        else:
            await self._journal.append(*events)

    async def write(self, events: Sequence[Event], outcome: Outcome) -> None:
        """Append a run's last events and status, and apply the stops that led to it."""
        stops = self._mailbox.stops
        was_stopped = outcome in {"interrupted", "cancelled"}
        obeyed = stops if was_stopped else []
        overtaken = await self._overtaken(obeyed) if outcome == "cancelled" else []
        refusals = [refusal(stop) for stop in stops if not was_stopped]
        refusals += [refusal(prompt) for prompt in overtaken]
        await self._journal.enter(
            self._status(outcome),
            *events,
            *refusals,
            detail=self._detail(obeyed),
            command_id=str(obeyed[-1].id) if obeyed else "",
            applies=[command.id for command in (*stops, *overtaken)],
        )
        self._mailbox.done([*stops, *overtaken])

    async def _overtaken(self, stops: Sequence[PendingCommand]) -> list[PendingCommand]:
        """Messages sent before a cancel: reading them now would restart the session."""
        last = max((stop.id for stop in stops), default=0)
        prompts = await taken_messages(self._mailbox, self._records)
        return [prompt for prompt in prompts if prompt.id < last]

    def _status(self, outcome: Outcome) -> SessionStatus:
        # A sub-agent cannot be continued by a message, and a stopping runner waits for
        # none.
        ends = self._is_child or self._stop_request.reason is StopReason.SHUTDOWN
        if outcome == "interrupted" and ends:
            return SessionStatus.INTERRUPTED
        return STATUSES[outcome]

    def _detail(self, obeyed: Sequence[PendingCommand]) -> str:
        if obeyed and obeyed[-1].by:
            return f"stopped by {obeyed[-1].by}"
        return (
            RUNNER_STOPPED if self._stop_request.reason is StopReason.SHUTDOWN else ""
        )
