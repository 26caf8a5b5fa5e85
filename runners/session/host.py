import asyncio
from collections.abc import Callable

from runners.journal.budget import Budget
from runners.mailbox.approvals import ApprovalGateway
from runners.permissions.rules import Rules
from runners.port.host import SpawnResult
from runners.records.rows import read_log
from runners.session.child_host import ExternalChildHost, open_child
from runners.session.children import Children
from runners.session.finish import STATUSES
from runners.session.leased import LeasedSession
from runners.session.leased_host import LeasedHost
from sessions_app.outputs.diagnostics import keep_diagnostics
from sessions_app.protocol.commands import Command
from sessions_app.protocol.events import (
    AgentSpawn,
    Approval,
    ApprovalRequest,
    Event,
    OptionChosen,
    Outcome,
    UserMessage,
)


class SessionHost(LeasedHost):
    """Implements AgentHost on a leased session: its journal, mailbox and records."""

    def __init__(
        self,
        leased: LeasedSession,
        approvals: ApprovalGateway,
        children: Children,
        budget: Budget,
    ) -> None:
        super().__init__(leased, approvals)
        self._children = children
        self._budget = budget

    @property
    def head(self) -> int:
        return self.leased.committed

    async def read_log(self) -> list[Event]:
        await self.leased.journal.flush()
        return await self.leased.context.reader.read(read_log, self.session_id)

    async def open_child(
        self, spawn: AgentSpawn, send: Callable[[Command], None]
    ) -> ExternalChildHost:
        return await open_child(self.leased, spawn, send)

    async def note_process(self, pid: int) -> None:
        await self.leased.records.note_process(pid)

    async def forget_process(self, pid: int) -> None:
        await self.leased.records.forget_process(pid)

    async def keep(self, data: bytes, total_bytes: int) -> str:
        return await self.leased.records.keep(data, total_bytes)

    async def keep_diagnostics(self, text: str, total_bytes: int) -> None:
        reader = self.leased.context.reader
        await reader.read(keep_diagnostics, self.session_id, text, total_bytes)

    async def rules(self) -> Rules:
        return await self.leased.records.rules()

    async def ask(self, request: ApprovalRequest) -> Approval:
        return await self.approvals.ask(request)

    async def afford(self) -> str:
        return await self._budget.afford()

    async def spawn(
        self, description: str, prompt: str, tool_use_id: str
    ) -> SpawnResult:
        result = await self._children.spawn(description, prompt, tool_use_id)
        if result.is_handed_over:
            # The runner stops: wait here until this call is cancelled; it stays open in
            # the log.
            await asyncio.Event().wait()
        return SpawnResult(result.text, result.status)

    async def arrival(self) -> None:
        await self.leased.mailbox.arrival()

    async def messages(self) -> list[UserMessage]:
        return await self.approvals.messages()

    async def choices(self) -> list[OptionChosen]:
        return await self.approvals.choices()

    async def rest(self, outcome: Outcome, *events: Event, detail: str) -> None:
        await self.leased.journal.enter(STATUSES[outcome], *events, detail=detail)
