import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

from django.db import DatabaseError

from runners.budget import Budget
from runners.children import Child, Children
from runners.ending import Ending
from runners.engine.outlet import SpawnResult
from runners.engine.rules import Rules
from runners.journal import Journal
from runners.left_processes import forget_process, note_process
from runners.mailbox import Mailbox
from runners.past import Past
from runners.pending_command import PendingCommand
from runners.rulebook import add_rules, rules_of
from runners.shelf import Shelf
from sessions_app.protocol.commands import Approve, Deny, Prompt
from sessions_app.protocol.events import (
    AgentComplete,
    AgentSpawn,
    Approval,
    ApprovalRequest,
    Event,
    ToolResult,
    UserMessage,
)
from sessions_app.protocol.status import SessionStatus
from sessions_app.reader import Reader


class SessionOutlet:
    """What an agent says goes into its session's log; what people say comes to it."""

    def __init__(
        self,
        session_id: str,
        reader: Reader,
        journal: Journal,
        shelf: Shelf,
        mailbox: Mailbox,
        ending: Ending,
        children: Children,
        budget: Budget,
        create_child: Callable[[str, str], Awaitable[Child]],
        find_child: Callable[[str], Awaitable[Child]],
    ) -> None:
        self._session_id = session_id
        self._reader = reader
        self._journal = journal
        self._shelf = shelf
        self._mailbox = mailbox
        self._ending = ending
        self._children = children
        self._budget = budget
        self._create_child = create_child
        self._find_child = find_child
        self._past = Past()
        self._asked: set[str] = set()  # what a person may still answer
        self._questions = 0  # asked now

    def recall(self, past: Past) -> None:
        """Go on with what another runner had begun."""
        self._past = past
        self._asked = set(past.asked)
        self._mailbox.expect(past.asked)

    async def emit(self, *events: Event) -> None:
        """Append; the last event of a run takes its status with it."""
        if events and isinstance(events[-1], AgentComplete):
            await self._ending.write(events, events[-1].status)
        else:
            await self._journal.append(*events)

    async def note_process(self, pid: int) -> None:
        await self._reader.read(note_process, self._session_id, pid)

    async def forget_process(self, pid: int) -> None:
        # A record that stays leads to a question too many, no more.
        with suppress(DatabaseError):
            await self._reader.read(forget_process, self._session_id, pid)

    async def keep(self, data: bytes, total_bytes: int) -> str:
        return await self._shelf.keep(data, total_bytes)

    async def rules(self) -> Rules:
        return await self._reader.read(rules_of, self._session_id)

    async def ask(self, request: ApprovalRequest) -> Approval:
        with self._mailbox.question(request.tool_use_id) as answer:
            self._questions += 1
            try:
                asks = [] if request.tool_use_id in self._asked else [request]
                self._asked.add(request.tool_use_id)
                await self._journal.enter(SessionStatus.WAITING, *asks)
                command = await answer
            finally:
                self._questions -= 1
            self._asked.discard(request.tool_use_id)
            return await self._answer(command, request)

    async def ask_aside(self, request: ApprovalRequest) -> Approval:
        """Ask what is about no tool: for more budget, or whether to go on at all."""
        approval = await self.ask(request)
        is_approved = approval.decision == "approved"
        result = ToolResult(
            tool_use_id=request.tool_use_id,
            tool=request.tool,
            output="Agreed" if is_approved else "Not agreed",
            is_error=not is_approved,
            duration_ms=0,
        )
        await self._journal.append(result)
        return approval

    async def afford(self) -> str:
        return await self._budget.afford()

    async def spawn(
        self, description: str, prompt: str, tool_use_id: str
    ) -> SpawnResult:
        known = self._past.children.get(tool_use_id)

        async def announce(child: Child) -> None:
            if known:
                return
            spawned = AgentSpawn(
                child_id=child.session_id, task=description, tool_use_id=tool_use_id
            )
            await self._journal.append(spawned)
            # Nobody sees a child's event before the one that leads to the child.
            await self._journal.flush()

        create = partial(self._create_child, description, prompt)
        if known:
            create = partial(self._find_child, known)
        result = await self._children.run(create, announce)
        if result.is_left:
            # The runner stops: this call is about to be cut, and is left open.
            await asyncio.Event().wait()
        return SpawnResult(result.text, result.status)

    async def messages(self) -> list[UserMessage]:
        prompts = self._mailbox.prompts
        messages = [message for p in prompts for message in user_messages(p)]
        if prompts:
            await self._journal.append(*messages, applies=[p.id for p in prompts])
            self._mailbox.done(prompts)
        return messages

    async def _answer(
        self, command: PendingCommand, request: ApprovalRequest
    ) -> Approval:
        approval = approval_of(command, request.rule)
        if approval.rule:
            # Before the event: who reads that it holds may rely on it.
            await self._reader.read(add_rules, self._session_id, [approval.rule])
        if self._questions:
            await self._journal.append(approval, applies=[command.id])
        else:
            await self._journal.enter(
                SessionStatus.RUNNING, approval, applies=[command.id]
            )
        self._mailbox.done([command])
        return approval


def user_messages(command: PendingCommand) -> list[UserMessage]:
    """Turn a prompt into the event that it causes; of others comes none."""
    if not isinstance(command.command, Prompt):
        return []
    text = command.command.text
    return [UserMessage(text=text, by=command.by, command_id=str(command.id))]


def approval_of(command: PendingCommand, rule: str) -> Approval:
    """Turn an answer into its event; what makes no rule is for this once."""
    by, command_id = command.by, str(command.id)
    match command.command:
        case Approve(tool_use_id=call, scope=scope, input=edited):
            makes_rule = scope == "session" and rule and edited is None
            return Approval(
                tool_use_id=call,
                decision="approved",
                scope="session" if makes_rule else "once",
                rule=rule if makes_rule else "",
                input=edited,
                by=by,
                command_id=command_id,
            )
        case Deny(tool_use_id=call, reason=reason):
            return Approval(
                tool_use_id=call,
                decision="denied",
                reason=reason,
                by=by,
                command_id=command_id,
            )
    raise TypeError(f"not an answer: {command.command!r}")
