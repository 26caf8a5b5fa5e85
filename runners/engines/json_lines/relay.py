import asyncio
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from typing import Protocol

import msgspec

from runners.engines.json_lines.transcript import Transcript
from runners.journal.journal import CANNOT_WRITE, Journal
from runners.mailbox.command_events import approval_of
from runners.mailbox.mailbox import Answered, Mailbox
from sessions_app.protocol.codec import ProtocolError
from sessions_app.protocol.commands import Approve, Command, Deny
from sessions_app.protocol.events import (
    AgentComplete,
    AgentSpawn,
    ApprovalRequest,
    Event,
    Outcome,
)
from sessions_app.protocol.status import SessionStatus
from sessions_app.protocol.wire import Json

# What only the runner knows, whatever a live program says.
OURS = frozenset({"approval", "redacted", "session_started", "status"})
PEOPLE = ("by", "commandId")  # fields that say who has done what, likewise


class SpawnedSession(Protocol):
    """A sub-agent's session, not opened yet."""

    @property
    def session_id(self) -> str: ...

    async def open(self) -> None: ...


Spawn = Callable[["Relay", AgentSpawn], Awaitable[SpawnedSession]]


class Relay:
    """Writes into one session's log what its program says, and asks what it asks.

    `spawn` makes a sub-agent's session; `tell` hands a command to
    the program, under the program's own names.
    """

    def __init__(
        self,
        journal: Journal,
        mailbox: Mailbox,
        transcript: Transcript,
        spawn: Spawn,
        tell: Callable[[Command], None],
        *,
        is_root: bool = False,
    ) -> None:
        self._is_root = is_root
        self.complete: AgentComplete | None = None  # as the program said it
        self.outcome: Outcome = "success"  # of the run before, in a recording
        self._journal = journal
        self._mailbox = mailbox
        self._transcript = transcript
        self._spawn = spawn
        self._tell = tell
        self._asked: dict[str, asyncio.Task[None]] = {}  # by tool call

    @property
    def last_text(self) -> str:
        return self._transcript.last_text

    async def take(self, fields: Json, *, is_live: bool) -> None:
        """Write what a line says. Raises ProtocolError."""
        if is_live and fields["type"] in OURS:
            raise ProtocolError("type", f"{fields['type']} is the runner's to say")
        if is_live:
            fields = {k: v for k, v in fields.items() if k not in PEOPLE}
        if self.complete is not None and not is_live:
            if fields["type"] == "status":  # of the end, which is written at the end
                return
            await self._go_on()
        if self.complete is not None:
            raise ProtocolError("sessionId", "its agent_complete has come before")
        for event in self._transcript.take(fields):
            await self._write(event)

    async def child_ended(self, child: str, text: str) -> None:
        """Give the call that was made for a sub-agent its result."""
        await self._journal.append(*self._transcript.child_ended(child, text))

    async def close(self, *, partial: bool) -> list[Event]:
        """Ask nothing more; answer the finals of what is open."""
        for task in self._asked.values():
            task.cancel()
        if self._asked:
            await asyncio.wait(list(self._asked.values()))
        return self._transcript.close(partial=partial)

    async def _go_on(self) -> None:
        """Begin another run of a recorded session; a sub-agent has one only."""
        if self.complete is not None and self._is_root:
            self.outcome = self.complete.status
            await self._journal.append(self.complete)
            self.complete = None

    async def _write(self, event: Event) -> None:
        match event:
            case AgentComplete():
                self.complete = event
            case AgentSpawn():
                child = await self._spawn(self, event)
                spawned = msgspec.structs.replace(event, child_id=child.session_id)
                await self._journal.append(spawned)
                # Nobody sees a child's event before the one that leads to the child.
                await self._journal.flush()
                await child.open()
            case ApprovalRequest():
                await self._ask(event)
            case _:
                await self._journal.append(event)

    async def _ask(self, request: ApprovalRequest) -> None:
        call = request.tool_use_id
        if call in self._asked:
            raise ProtocolError("toolUseId", "is asked about already")
        stack = ExitStack()
        answer = stack.enter_context(self._mailbox.question(call))
        await self._journal.enter(SessionStatus.WAITING, request)
        waiting = self._await_answer(call, answer, stack)
        self._asked[call] = asyncio.create_task(waiting)

    async def _await_answer(
        self, call: str, answer: Answered, stack: ExitStack
    ) -> None:
        try:
            with stack:
                command = await answer
        finally:
            del self._asked[call]
        approval = approval_of(command, rule="")
        if isinstance(command.command, Approve):  # what it covers is the program's say
            scope = command.command.scope
            approval = msgspec.structs.replace(approval, scope=scope)
        try:
            if self._asked:
                await self._journal.append(approval, applies=[command.id])
            else:
                await self._journal.enter(
                    SessionStatus.RUNNING, approval, applies=[command.id]
                )
        except CANNOT_WRITE:
            return  # the run meets the same, and deals with it
        self._mailbox.done([command])
        if isinstance(command.command, Approve | Deny):
            theirs = self._transcript.names.theirs(call)
            self._tell(msgspec.structs.replace(command.command, tool_use_id=theirs))
