import asyncio

from runners.journal.budget import Budget
from runners.mailbox.approvals import ApprovalGateway
from runners.permissions.rules import Rules
from runners.port.host import SpawnResult
from runners.records.records import SessionRecords
from runners.session.children import Children
from runners.session.finish import RunFinisher
from sessions_app.protocol.events import Approval, ApprovalRequest, Event, UserMessage


class SessionHost:
    """What an agent says goes into its session's log; what people say comes to it."""

    def __init__(
        self,
        finisher: RunFinisher,
        records: SessionRecords,
        approvals: ApprovalGateway,
        children: Children,
        budget: Budget,
    ) -> None:
        self._finisher = finisher
        self._records = records
        self._approvals = approvals
        self._children = children
        self._budget = budget

    async def emit(self, *events: Event) -> None:
        await self._finisher.append(*events)

    async def note_process(self, pid: int) -> None:
        await self._records.note_process(pid)

    async def forget_process(self, pid: int) -> None:
        await self._records.forget_process(pid)

    async def keep(self, data: bytes, total_bytes: int) -> str:
        return await self._records.keep(data, total_bytes)

    async def rules(self) -> Rules:
        return await self._records.rules()

    async def ask(self, request: ApprovalRequest) -> Approval:
        return await self._approvals.ask(request)

    async def afford(self) -> str:
        return await self._budget.afford()

    async def spawn(
        self, description: str, prompt: str, tool_use_id: str
    ) -> SpawnResult:
        result = await self._children.spawn(description, prompt, tool_use_id)
        if result.is_handed_over:
            # The runner stops: this call is about to be cut, and is left open.
            await asyncio.Event().wait()
        return SpawnResult(result.text, result.status)

    async def messages(self) -> list[UserMessage]:
        return await self._approvals.messages()
