import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace

from runners.engines.claude_api.conversation.conversation import Conversation
from runners.engines.claude_api.conversation.lost_words import lost_word_in, refusal
from runners.engines.claude_api.conversation.pending_call import LOST
from runners.engines.claude_api.error_text import error_text
from runners.engines.claude_api.options import Options
from runners.engines.claude_api.toolbox import offered
from runners.permissions.mode import Effect, PermissionVerdict, Ruling, judge
from runners.permissions.rules import rule_for
from runners.port.host import AgentHost, HostClosed
from runners.sandbox.jail import PathRefused
from runners.sandbox.workdir import Workdir
from runners.tools.call import ToolCall
from runners.tools.context import FullOutput, ToolContext, ToolError, ToolOutput
from runners.tools.grant import CallGrant, GrantVoid
from runners.tools.output.spool import Spool
from runners.tools.output.truncate import cut
from runners.tools.spawn_agent import SpawnAgent
from runners.tools.tool import Tool, parse
from sessions_app.protocol.encoding.surrogates import mend
from sessions_app.protocol.events import ApprovalRequest, ToolResult
from sessions_app.protocol.wire import Json

JUDGEMENTS_MAX = 3  # for one call whose path resolves differently each time
EDITED = "[the user edited this call's input before it ran]"


async def at_once() -> None:
    """The `turn` of a call that waits for no other call."""


class ToolRunner:
    """Runs the calls of one agent: each is judged, limited, and gets a result."""

    def __init__(
        self,
        host: AgentHost,
        workdir: Workdir,
        options: Options,
        conversation: Conversation,
    ) -> None:
        self._host = host
        self._workdir = workdir
        self._options = options
        self._conversation = conversation
        self._tools = offered(options)
        self._room = asyncio.Semaphore(options.limits.parallel_calls)
        self._limits = options.limits
        self._jobs: dict[str, ToolContext] = {}  # by tool_use_id, of the running calls

    def shorten_outputs(self) -> None:
        """Lower the limit for later outputs, because one of them filled the context."""
        limits = self._limits
        chars = max(limits.least_output_chars, limits.output_chars // 4)
        self._limits = replace(limits, output_chars=chars)

    def changes(self, call: ToolCall) -> bool:
        """Whether a call may change what other calls read."""
        tool = self._tools.get(call.tool)
        return tool is not None and tool.effect is not Effect.NONE and not call.problem

    async def run(
        self, call: ToolCall, turn: Callable[[], Awaitable[None]] = at_once
    ) -> ToolResult:
        """Run one call once `turn` returns; an error becomes the call's result."""
        try:
            output = await self._try(call, turn)
        except (ToolError, PathRefused) as error:
            output = ToolOutput(str(error), is_error=True)
        output = self._short(output)
        return self._result(call, output, await self._keep(output))

    def stopped(self, call: ToolCall, status: str) -> ToolResult:
        """Make the result of a stopped call, with the output shown so far."""
        job = self._jobs.get(call.tool_use_id)
        shown = "".join(job.shown).rstrip("\n") if job else ""
        note = LOST if status == "left" else f"[{status} by the user]"
        text = f"{shown}\n{note}" if shown else note
        return self._result(call, self._short(ToolOutput(text, is_error=True)))

    async def _try(
        self, call: ToolCall, turn: Callable[[], Awaitable[None]]
    ) -> ToolOutput:
        if call.problem:
            raise ToolError(f"Not run: {call.problem}")
        tool = self._tool(call)
        for _ in range(JUDGEMENTS_MAX):
            grant = await self._granted(call, tool)
            await turn()
            try:
                async with self._room:
                    output = await self._perform(call, grant)
            except GrantVoid as void:
                if grant.was_asked:
                    raise
                reason = str(void)
                continue
            text = f"{grant.note}\n{output.text}" if grant.note else output.text
            return replace(output, text=text)
        raise ToolError(reason)

    def _tool(self, call: ToolCall) -> Tool:
        known = self._tools.get(call.tool)
        if known is None:
            names = ", ".join(self._tools)
            raise ToolError(f"There is no tool {call.tool!r}; there are {names}")
        return parse(known, call.input)

    async def _granted(self, call: ToolCall, tool: Tool) -> CallGrant:
        """Judge a call and ask for approval if needed. Raises ToolError if refused."""
        self._check_words(tool, call.input)
        grant, ruling = await self._judge(tool)
        match ruling.verdict:
            case PermissionVerdict.RUN:
                return grant
            case PermissionVerdict.REFUSE:
                raise ToolError(ruling.reason)
        request = ApprovalRequest(
            tool_use_id=call.tool_use_id,
            tool=call.tool,
            input=call.input,
            reason=ruling.reason,
            rule=rule_for(grant.action),
        )
        approval = self._conversation.answer_to(call.tool_use_id)
        if approval is None:  # no answer in the log from before a crash, either
            self._conversation.apply(request)
            approval = await self._host.ask(request)
            self._conversation.apply(approval)
        if approval.decision == "denied":
            raise ToolError(
                f"Denied by the user: {approval.reason or 'no reason given'}"
            )
        if approval.input is None:
            return replace(grant, was_asked=True)
        tool = parse(type(tool), approval.input)
        self._check_words(tool, approval.input)
        edited, ruling = await self._judge(tool)
        if ruling.verdict is PermissionVerdict.REFUSE:
            raise ToolError(ruling.reason)
        return replace(edited, was_asked=True, note=EDITED)

    def _check_words(self, tool: Tool, arguments: Json) -> None:
        """Refuse a call with an effect whose input holds the mask of a lost secret."""
        if tool.effect is Effect.NONE and not isinstance(tool, SpawnAgent):
            return
        mask = lost_word_in(arguments, self._conversation.lost)
        if mask:
            raise ToolError(refusal(mask))

    async def _judge(self, tool: Tool) -> tuple[CallGrant, Ruling]:
        """Judge a call by where its path resolves now.

        Raises ToolError if the path cannot be resolved.
        """
        rules = await self._host.rules()
        try:
            action = await asyncio.to_thread(tool.action, self._workdir)
        except OSError as error:
            raise ToolError(error_text(error, self._workdir.root)) from None
        mode = self._options.permission_mode
        grant = CallGrant(tool=tool, action=action, rules=rules, mode=mode)
        return grant, judge(mode, tool.effect, action, rules)

    async def _perform(self, call: ToolCall, grant: CallGrant) -> ToolOutput:
        job = ToolContext(
            tool_use_id=call.tool_use_id,
            workdir=self._workdir.guarded(grant.check),
            host=self._host,
            limits=self._limits,
            wrapper=self._options.wrapper,
            environment=self._options.environment,
            seen=self._conversation.seen,
        )
        self._jobs[call.tool_use_id] = job
        try:
            return await grant.tool.run(job)
        except (HostClosed, ToolError, PathRefused):
            raise
        except Exception as error:  # noqa: BLE001 - a tool's error goes to Claude
            text = error_text(error, self._workdir.root)
            return ToolOutput(text, is_error=True)

    def _short(self, output: ToolOutput) -> ToolOutput:
        """Cut the output that is sent; store the full text unless the tool has."""
        text = mend(output.text)
        short, was_cut = cut(text, self._limits.output_chars)
        if not was_cut:
            return replace(output, text=text)
        return replace(
            output, text=short, truncated=True, full=output.full or self._full(text)
        )

    def _full(self, text: str) -> FullOutput:
        with Spool(self._options.limits.full_bytes) as spool:
            spool.add(text)
            return FullOutput(spool.read(), spool.total_bytes)

    async def _keep(self, output: ToolOutput) -> str:
        """Store the full text of a cut output; returns its id, "" if not cut."""
        full = output.full
        return await self._host.keep(full.data, full.total_bytes) if full else ""

    def _result(
        self, call: ToolCall, output: ToolOutput, output_id: str = ""
    ) -> ToolResult:
        job = self._jobs.pop(call.tool_use_id, None)
        took_s = time.monotonic() - job.began if job else 0.0
        return ToolResult(
            tool_use_id=call.tool_use_id,
            tool=call.tool,
            output=output.text,
            is_error=output.is_error,
            duration_ms=round(took_s * 1000),
            truncated=output.truncated,
            output_id=output_id,
            seen=job.touched if job else {},
        )
