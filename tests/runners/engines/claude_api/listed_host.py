import asyncio
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from runners.engines.claude_api.agent import Agent
from runners.engines.claude_api.api.port import MessagesModel
from runners.engines.claude_api.conversation.conversation import Conversation
from runners.engines.claude_api.options import Options
from runners.permissions.rule import Rule
from runners.permissions.rules import Rules
from runners.port.host import SpawnResult
from runners.port.run import RunResult
from runners.sandbox.workdir import Workdir
from sessions_app.protocol.events import (
    Approval,
    ApprovalRequest,
    Event,
    TurnEnd,
    UserMessage,
)
from tests.runners.bare_host import BareHost

E = TypeVar("E", bound=Event)


@dataclass
class ListedHost(BareHost):
    """A host that keeps its log in a list; `children` are hosts like it."""

    claude: MessagesModel
    workdir: Workdir
    options: Options
    log: list[Event] = field(default_factory=list)
    answers: list[Approval] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)  # said, not heard yet
    children: list["ListedHost"] = field(default_factory=list)
    held: Rules = field(default_factory=Rules)
    outputs: dict[str, bytes] = field(default_factory=dict)
    turns: int | None = None  # that may be paid for
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def agent(self) -> Agent:
        conversation = Conversation.from_log(self.log)
        return Agent(
            self.claude,
            self,
            self.workdir,
            self.options,
            conversation,
        )

    def configure(self, **changes: Any) -> None:
        self.options = replace(self.options, **changes)

    async def run(self, *said: str) -> RunResult:
        """Run an agent once, which is told this first."""
        self.waiting += said
        return await self.agent().run()

    async def emit(self, *events: Event) -> None:
        self.log += events
        self.changed.set()

    async def note_process(self, pid: int) -> None:
        """Nobody takes over here."""

    async def forget_process(self, pid: int) -> None:
        """Likewise."""

    async def keep(self, data: bytes, total_bytes: int) -> str:
        self.outputs[f"o{len(self.outputs)}"] = data
        return f"o{len(self.outputs) - 1}"

    async def rules(self) -> Rules:
        return self.held

    async def ask(self, request: ApprovalRequest) -> Approval:
        await self.emit(request)
        while not self.answers:
            await self._change()
        approval = replace_id(self.answers.pop(0), request.tool_use_id)
        if approval.scope == "session" and request.rule:
            rule = Rule.parse(request.rule)
            self.held = replace(self.held, allow=(*self.held.allow, rule))
        await self.emit(approval)
        return approval

    async def afford(self) -> str:
        left = self.turns is None or len(self.of(TurnEnd)) < self.turns
        return "" if left else f"The budget of {self.turns} turns is spent"

    async def spawn(
        self, description: str, prompt: str, tool_use_id: str
    ) -> SpawnResult:
        child = replace(
            self,
            log=[],
            answers=[],
            waiting=[prompt],
            children=[],
            changed=asyncio.Event(),
        )
        self.children.append(child)
        self.changed.set()
        agent = child.agent()
        running = asyncio.create_task(agent.run())
        try:
            result = await asyncio.shield(running)
        except asyncio.CancelledError:
            agent.cancel()
            await running
            raise
        return SpawnResult(result.text, result.status)

    async def messages(self) -> list[UserMessage]:
        heard = [UserMessage(text=text) for text in self.waiting]
        self.waiting.clear()
        await self.emit(*heard)
        return heard

    async def until(self, kind: type[E], times: int = 1) -> E:
        """Wait for an event of a kind to be in the log."""
        async with asyncio.timeout(20):
            while len(self.of(kind)) < times:
                await self._change()
        return self.of(kind)[times - 1]

    async def child(self) -> "ListedHost":
        """Wait for the first sub-agent."""
        async with asyncio.timeout(20):
            while not self.children:
                await self._change()
        return self.children[0]

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.log if isinstance(event, kind)]

    async def _change(self) -> None:
        self.changed.clear()
        await self.changed.wait()


def replace_id(approval: Approval, tool_use_id: str) -> Approval:
    fields = {"decision", "scope", "input", "reason"}
    return Approval(
        tool_use_id=tool_use_id, **{name: getattr(approval, name) for name in fields}
    )
