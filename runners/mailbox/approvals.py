import asyncio
from contextlib import ExitStack

import msgspec
from django.conf import settings

from runners.journal.journal import Journal
from runners.mailbox.command_events import approval_of, option_chosen, user_messages
from runners.mailbox.mailbox import Answered, Mailbox
from runners.mailbox.pending_command import PendingCommand
from runners.mailbox.taken_messages import taken_messages
from runners.records.records import SessionRecords
from sessions_app.masking.secret_spans import has_secret
from sessions_app.protocol.events import (
    Approval,
    ApprovalRequest,
    OptionChosen,
    ToolResult,
    UserMessage,
)
from sessions_app.protocol.status import SessionStatus


class ApprovalGateway:
    """Asks one session's approval requests; logs each request and its answer."""

    def __init__(
        self, journal: Journal, mailbox: Mailbox, records: SessionRecords
    ) -> None:
        self._journal = journal
        self._mailbox = mailbox
        self._records = records
        self._asked: set[str] = set()  # tool_use_ids of pending approvals
        self._questions = 0  # number of requests waiting in this process

    def recall(self, asked: frozenset[str]) -> None:
        """Set the approvals that an earlier runner has requested already."""
        self._asked = set(asked)
        self._mailbox.expect(asked)

    async def ask(self, request: ApprovalRequest) -> Approval:
        """Log a request, wait for the answer without limit, and log the answer."""
        return await (await self.request_approval(request))

    async def request_approval(
        self, request: ApprovalRequest, *, keeps_scope: bool = False
    ) -> "asyncio.Task[Approval]":
        """Log a request; the returned task waits for the answer and logs it.

        `keeps_scope`: the approval keeps the scope that the person chose, although no
        rule is made of it; the agent itself remembers what the scope covers.
        """
        if settings.MASK_SECRETS and has_secret(request.rule):
            # Rules are stored unmasked: offer no rule, so this call can only be allowed
            # once.
            request = msgspec.structs.replace(request, rule="")
        stack = ExitStack()
        answer = stack.enter_context(self._mailbox.question(request.tool_use_id))
        self._questions += 1
        stack.callback(self._answered)
        try:
            asks = [] if request.tool_use_id in self._asked else [request]
            await self._journal.enter(SessionStatus.WAITING, *asks)
        except BaseException:
            stack.close()
            raise
        self._asked.add(request.tool_use_id)
        return asyncio.create_task(
            self._await_answer(request, answer, stack, keeps_scope=keeps_scope)
        )

    async def ask_aside(self, request: ApprovalRequest) -> Approval:
        """Ask a question about no tool: for more budget, or whether to go on."""
        approval = await self.ask(request)
        if approval.decision == "approved":
            await self._close(request, "Agreed")
        else:
            await self._close(request, "Not agreed", is_error=True)
        return approval

    async def give_up(self, request: ApprovalRequest) -> None:
        """Log that a question about no tool is withdrawn."""
        await self._close(request, "Not answered", is_error=True)

    async def messages(self) -> list[UserMessage]:
        """Take people's new messages; they are in the log when this returns."""
        prompts = await taken_messages(self._mailbox, self._records)
        messages = [message for p in prompts for message in user_messages(p)]
        if prompts:
            await self._journal.append(*messages, applies=[p.id for p in prompts])
            self._mailbox.done(prompts)
        return messages

    async def choices(self) -> list[OptionChosen]:
        """Take people's new choices of settings; they are logged when this returns."""
        commands = self._mailbox.choices
        chosen = [event for c in commands for event in option_chosen(c)]
        if commands:
            await self._journal.append(*chosen, applies=[c.id for c in commands])
            self._mailbox.done(commands)
        return chosen

    async def withdrawn(self) -> None:
        """Go on after a question was taken back: its task has been cancelled."""
        if not self._questions and self._journal.status is SessionStatus.WAITING:
            await self._journal.enter(SessionStatus.RUNNING)

    def _answered(self) -> None:
        self._questions -= 1

    async def _await_answer(
        self,
        request: ApprovalRequest,
        answer: Answered,
        stack: ExitStack,
        *,
        keeps_scope: bool,
    ) -> Approval:
        with stack:
            command = await answer
        self._asked.discard(request.tool_use_id)
        approval = approval_of(command, request, keeps_scope=keeps_scope)
        await self._log(command, approval)
        return approval

    async def _log(self, command: PendingCommand, approval: Approval) -> None:
        if approval.rule:
            # Before the event: a reader of the log may rely on the rule being stored.
            await self._records.allow(approval.rule)
        if self._questions:
            await self._journal.append(approval, applies=[command.id])
        else:
            await self._journal.enter(
                SessionStatus.RUNNING, approval, applies=[command.id]
            )
        self._mailbox.done([command])

    async def _close(
        self, request: ApprovalRequest, output: str, *, is_error: bool = False
    ) -> None:
        result = ToolResult(
            tool_use_id=request.tool_use_id,
            tool=request.tool,
            output=output,
            is_error=is_error,
            duration_ms=0,
        )
        await self._journal.append(result)
