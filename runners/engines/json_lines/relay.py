import asyncio
from collections.abc import Awaitable, Callable

from django.conf import settings

from runners.engines.json_lines.transcript.transcript import Transcript
from runners.port.host import EventHost, HostClosed
from runners.port.images import Says, with_kept_images
from sessions_app.protocol.commands import Approve, Command, Deny
from sessions_app.protocol.encoding.codec import ProtocolError
from sessions_app.protocol.events import (
    AgentComplete,
    AgentSpawn,
    Approval,
    ApprovalRequest,
    Event,
    Outcome,
    Text,
    ToolResult,
)
from sessions_app.protocol.wire import Json

# Events that only the runner writes; refused from a live program.
OURS = frozenset(
    {
        "approval", "option_chosen", "redacted", "session_started", "status",
        "workdir_changes", "changes_committed", "files_restored",
    }
)  # fmt: skip
PEOPLE = ("by", "commandId")  # fields that say which person acted; likewise removed
Spawn = Callable[["Relay", AgentSpawn], Awaitable[None]]


class Relay:
    """Copies one program's events into a session's log and forwards its questions.

    `spawn` opens a sub-agent's session; `send` sends a command to the program, with the
    program's own names.
    """

    def __init__(
        self,
        host: EventHost,
        transcript: Transcript,
        spawn: Spawn,
        send: Callable[[Command], None],
        *,
        is_root: bool = False,
    ) -> None:
        self.host = host
        self.complete: AgentComplete | None = None  # as the program sent it
        self.outcome: Outcome = "success"  # of the previous run, in a recording
        self._is_root = is_root
        self._transcript = transcript
        self._spawn = spawn
        self._send = send
        self._asked: dict[str, asyncio.Task[None]] = {}  # by tool call

    @property
    def last_text(self) -> str:
        return self._transcript.last_text

    async def handle(self, fields: Json, *, is_live: bool) -> None:
        """Write the events that a line stands for. Raises ProtocolError."""
        if is_live and fields["type"] in OURS:
            raise ProtocolError("type", f"{fields['type']} is the runner's to say")
        if is_live:
            fields = {k: v for k, v in fields.items() if k not in PEOPLE}
        if self.complete is not None and not is_live:
            # the status that follows agent_complete is written by the runner
            if fields["type"] == "status":
                return
            await self._go_on()
        if self.complete is not None:
            raise ProtocolError("sessionId", "its agent_complete has come before")
        for event in self._transcript.feed(fields):
            await self._write(event)

    async def child_ended(self, child: str, text: str) -> None:
        """Write the result of the call that started a sub-agent."""
        await self.host.emit(*self._transcript.child_ended(child, text))

    async def close(self, *, partial: bool) -> list[Event]:
        """Cancel pending approvals; returns the finals of what is open."""
        for task in self._asked.values():
            task.cancel()
        if self._asked:
            await asyncio.wait(list(self._asked.values()))
        return self._transcript.close(partial=partial)

    async def _go_on(self) -> None:
        """Begin the next run of a recorded session; a sub-agent has only one run."""
        if self.complete is not None and self._is_root:
            self.outcome = self.complete.status
            await self.host.record(self.complete)
            self.complete = None

    async def _write(self, event: Event) -> None:
        match event:
            case AgentComplete():
                self.complete = event
            case AgentSpawn():
                await self._spawn(self, event)
            case ApprovalRequest():
                await self._ask(event)
            case ToolResult(tool_use_id=call) if call in self._asked:
                await self._withdraw(call)
                await self._write(event)
            case ToolResult():
                await self.host.emit(await self._with_images(event))
            case Text():
                await self.host.emit(await self._with_images(event))
            case _:
                await self.host.emit(event)

    async def _with_images(self, event: Says) -> Says:
        keep, limit = self.host.keep_image, settings.IMAGE_MAX_BYTES
        return await with_kept_images(event, keep, limit)

    async def _ask(self, request: ApprovalRequest) -> None:
        call = request.tool_use_id
        if call in self._asked:
            raise ProtocolError("toolUseId", "is asked about already")
        answer = await self.host.request_approval(request, keeps_scope=True)
        self._asked[call] = asyncio.create_task(self._forward(request, answer))

    async def _withdraw(self, call: str) -> None:
        """Stop waiting for an answer: the call that was asked about has ended."""
        self._asked[call].cancel()
        await asyncio.wait({self._asked[call]})
        await self.host.withdrawn()

    async def _forward(
        self, request: ApprovalRequest, answer: "asyncio.Task[Approval]"
    ) -> None:
        """Send a person's decision to the program."""
        call = request.tool_use_id
        try:
            approval = await answer
        except HostClosed:
            return  # the run's next append raises HostClosed too and ends the run
        finally:
            del self._asked[call]
        theirs = self._transcript.names.theirs(call)
        if approval.decision == "denied":
            self._send(
                Deny(
                    tool_use_id=theirs,
                    reason=approval.reason,
                    option_id=approval.option_id,
                )
            )
        else:
            answered = self._transcript.answered(request, approval.answers)
            self._send(
                Approve(
                    tool_use_id=theirs,
                    scope=approval.scope,
                    input=answered if approval.input is None else approval.input,
                    option_id=approval.option_id,
                    answers=approval.answers,
                )
            )
