import asyncio

from runners.budget import Budget
from runners.children import Children
from runners.dialogue import Dialogue
from runners.ending import Ending
from runners.engine.outlet import SpawnResult
from runners.engine.rules import Rules
from runners.session_records import SessionRecords
from sessions_app.protocol.events import Approval, ApprovalRequest, Event, UserMessage


class SessionOutlet:
    """What an agent says goes into its session's log; what people say comes to it."""

    def __init__(
        self,
        ending: Ending,
        records: SessionRecords,
        dialogue: Dialogue,
        children: Children,
        budget: Budget,
    ) -> None:
        self._ending = ending
        self._records = records
        self._dialogue = dialogue
        self._children = children
        self._budget = budget

    async def emit(self, *events: Event) -> None:
        await self._ending.append(*events)

    async def note_process(self, pid: int) -> None:
        await self._records.note_process(pid)

    async def forget_process(self, pid: int) -> None:
        await self._records.forget_process(pid)

    async def keep(self, data: bytes, total_bytes: int) -> str:
        return await self._records.keep(data, total_bytes)

    async def rules(self) -> Rules:
        return await self._records.rules()

    async def ask(self, request: ApprovalRequest) -> Approval:
        return await self._dialogue.ask(request)

    async def afford(self) -> str:
        return await self._budget.afford()

    async def spawn(
        self, description: str, prompt: str, tool_use_id: str
    ) -> SpawnResult:
        result = await self._children.spawn(description, prompt, tool_use_id)
        if result.is_left:
            # The runner stops: this call is about to be cut, and is left open.
            await asyncio.Event().wait()
        return SpawnResult(result.text, result.status)

    async def messages(self) -> list[UserMessage]:
        return await self._dialogue.messages()
