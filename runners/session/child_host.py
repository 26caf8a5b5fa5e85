from collections.abc import Callable

import msgspec

from runners.journal.budget import Budget
from runners.mailbox.approvals import ApprovalGateway
from runners.port.stop_reason import StopReason
from runners.records.rows import create_child
from runners.session.context import RunnerContext
from runners.session.leased import LeasedSession
from runners.session.leased_host import LeasedHost
from sessions_app.log.leases import lease
from sessions_app.models import AgentSession
from sessions_app.protocol.commands import Cancel, Command, Interrupt, Resume, Throttle
from sessions_app.protocol.events import (
    AgentComplete,
    AgentSpawn,
    Event,
    SessionStarted,
    UserMessage,
)
from sessions_app.protocol.status import SessionStatus


class ExternalChildHost(LeasedHost):
    """The session of a sub-agent that an external agent runs by itself.

    This process holds the session's lease from `open_child` to its `agent_complete`.
    `send` is called with the commands that people and servers send to the child.
    """

    def __init__(
        self,
        context: RunnerContext,
        session: AgentSession,
        send: Callable[[Command], None],
    ) -> None:
        leased = LeasedSession(context, session, Budget(session.model), self)
        approvals = ApprovalGateway(leased.journal, leased.mailbox, leased.records)
        super().__init__(leased, approvals)
        self._send = send
        self._is_over = False

    @property
    def is_lost(self) -> bool:
        return self.leased.is_lost

    async def begin(self) -> None:
        self.leased.open()
        session = self.leased.session
        started = SessionStarted(
            model=session.model,
            workdir=session.workdir,
            permission_mode=session.permission_mode,
            engine=session.engine,
        )
        task = UserMessage(text=session.prompt)
        await self.leased.journal.enter(SessionStatus.RUNNING, started, task)

    async def emit(self, *events: Event) -> None:
        await super().emit(*events)
        if events and isinstance(events[-1], AgentComplete):
            await self._release()

    async def open_child(
        self, spawn: AgentSpawn, send: Callable[[Command], None]
    ) -> "ExternalChildHost":
        return await open_child(self.leased, spawn, send)

    def stop(self, stop_reason: StopReason) -> None:
        """Forward a person's stop to the agent; a lost session is only closed."""
        if stop_reason is StopReason.LOSS:
            self.leased.close()
        else:
            is_cancel = stop_reason is StopReason.CANCEL
            self._send(Cancel() if is_cancel else Interrupt())

    def throttle(self, delay_ms: int) -> None:
        self._send(Throttle(delay_ms=delay_ms) if delay_ms else Resume())

    def abandon(self) -> None:
        """Close the session without releasing its lease, which then expires."""
        self.leased.close()

    async def _release(self) -> None:
        leased = self.leased
        try:
            await leased.journal.flush()
            await leased.context.reader.read(
                lease.let_go, leased.session_id, leased.lease
            )
        finally:
            leased.close()


async def open_child(
    parent: LeasedSession, spawn: AgentSpawn, send: Callable[[Command], None]
) -> ExternalChildHost:
    """Create the child's session, log `agent_spawn` in the parent, begin the child."""
    reader = parent.context.reader
    row = await reader.read(create_child, parent.session, spawn.task, spawn.task)
    child = ExternalChildHost(parent.context, row, send)
    await parent.journal.append(msgspec.structs.replace(spawn, child_id=row.id))
    # The parent's agent_spawn must be committed before any event of the child.
    await parent.journal.flush()
    await child.begin()
    return child
