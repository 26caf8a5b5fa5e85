import asyncio
from collections.abc import Callable

from runners.permissions.rules import Rules
from runners.port.host import ChildHost, SpawnResult
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


class BareHost:
    """An AgentHost that can do nothing; a test's own host adds what it needs."""

    session_id = "s_test"
    head = 0

    async def emit(self, *events: Event) -> None:
        raise NotImplementedError

    async def record(self, *events: Event) -> None:
        raise NotImplementedError

    async def read_log(self) -> list[Event]:
        raise NotImplementedError

    async def request_approval(
        self, request: ApprovalRequest, *, keeps_scope: bool = False
    ) -> "asyncio.Task[Approval]":
        raise NotImplementedError

    async def keep_image(self, data: bytes) -> str:
        raise NotImplementedError

    async def withdrawn(self) -> None:
        raise NotImplementedError

    async def open_child(
        self, spawn: AgentSpawn, tell: Callable[[Command], None]
    ) -> ChildHost:
        raise NotImplementedError

    async def note_process(self, pid: int) -> None:
        raise NotImplementedError

    async def forget_process(self, pid: int) -> None:
        raise NotImplementedError

    async def keep(self, data: bytes, total_bytes: int) -> str:
        raise NotImplementedError

    async def keep_diagnostics(self, text: str, total_bytes: int) -> None:
        raise NotImplementedError

    async def rules(self) -> Rules:
        raise NotImplementedError

    async def ask(self, request: ApprovalRequest) -> Approval:
        raise NotImplementedError

    async def afford(self) -> str:
        raise NotImplementedError

    async def spawn(
        self, description: str, prompt: str, tool_use_id: str
    ) -> SpawnResult:
        raise NotImplementedError

    async def arrival(self) -> None:
        raise NotImplementedError

    async def messages(self) -> list[UserMessage]:
        raise NotImplementedError

    async def choices(self) -> list[OptionChosen]:
        raise NotImplementedError

    async def rest(self, outcome: Outcome, *events: Event, detail: str) -> None:
        raise NotImplementedError
