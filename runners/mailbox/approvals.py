import msgspec
from django.conf import settings

from runners.journal.journal import Journal
from runners.mailbox.command_events import approval_of, user_messages
from runners.mailbox.mailbox import Mailbox
from runners.mailbox.pending_command import PendingCommand
from runners.records.records import SessionRecords
from sessions_app.masking.edited import uncovered
from sessions_app.masking.secrets import has_secret
from sessions_app.protocol.events import (
    Approval,
    ApprovalRequest,
    ToolResult,
    UserMessage,
)
from sessions_app.protocol.status import SessionStatus


class ApprovalGateway:
    """What a session asks people and what they say to it, each in its log."""

    def __init__(
        self, journal: Journal, mailbox: Mailbox, records: SessionRecords
    ) -> None:
        self._journal = journal
        self._mailbox = mailbox
        self._records = records
        self._asked: set[str] = set()  # what a person may still answer
        self._questions = 0  # asked now

    def recall(self, asked: frozenset[str]) -> None:
        """Know what another runner has asked already."""
        self._asked = set(asked)
        self._mailbox.expect(asked)

    async def ask(self, request: ApprovalRequest) -> Approval:
        """Log a question, wait for ever for its answer, log that too."""
        if settings.MASK_SECRETS and has_secret(request.rule):
            # Rules are stored in clear: this call is allowed only this once.
            request = msgspec.structs.replace(request, rule="")
        with self._mailbox.question(request.tool_use_id) as answer:
            self._questions += 1
            try:
                asks = [] if request.tool_use_id in self._asked else [request]
                await self._journal.enter(SessionStatus.WAITING, *asks)
                self._asked.add(request.tool_use_id)
                command = await answer
            finally:
                self._questions -= 1
            self._asked.discard(request.tool_use_id)
            return await self._answer(command, request)

    async def ask_aside(self, request: ApprovalRequest) -> Approval:
        """Ask what is about no tool: for more budget, or whether to go on at all."""
        approval = await self.ask(request)
        if approval.decision == "approved":
            await self._close(request, "Agreed")
        else:
            await self._close(request, "Not agreed", is_error=True)
        return approval

    async def give_up(self, request: ApprovalRequest) -> None:
        """Log that a question about no tool is asked no more."""
        await self._close(request, "Not answered", is_error=True)

    async def messages(self) -> list[UserMessage]:
        """Take what people have said meanwhile, into the log too."""
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
        if approval.input is not None:  # edited as it was shown, masked
            known = uncovered(approval.input, request.input)
            approval = msgspec.structs.replace(approval, input=known)
        if approval.rule:
            # Before the event: who reads that it holds may rely on it.
            await self._records.allow(approval.rule)
        if self._questions:
            await self._journal.append(approval, applies=[command.id])
        else:
            await self._journal.enter(
                SessionStatus.RUNNING, approval, applies=[command.id]
            )
        self._mailbox.done([command])
        return approval

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
