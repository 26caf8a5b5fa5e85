import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from random import SystemRandom
from typing import Literal

from runners.engines.claude_api.api.errors import (
    ContextOverflow,
    Fatal,
    InvalidRequest,
    Retryable,
)
from runners.engines.claude_api.api.hints import with_remedy
from runners.engines.claude_api.api.port import MessagesModel
from runners.engines.claude_api.api.request import build_request
from runners.engines.claude_api.conversation.conversation import Conversation
from runners.engines.claude_api.options import Options
from runners.engines.claude_api.parallel_calls import ParallelCalls
from runners.engines.claude_api.rate_limiter import RateLimiter
from runners.engines.claude_api.reply.stop_reason import (
    BROKEN_OFF,
    CUT_SHORT,
    ENDS,
    INTERRUPTED,
)
from runners.engines.claude_api.reply.turn import Turn
from runners.engines.claude_api.run_cost import RunCost
from runners.engines.claude_api.run_ended import RunEnded
from runners.engines.claude_api.stop import Stop, Stopped
from runners.engines.claude_api.summarizer import Summarizer
from runners.engines.claude_api.tool_runner import ToolRunner
from runners.port.host import AgentHost
from runners.port.model_table import known_model
from runners.port.run import RunResult
from runners.sandbox.workdir import Workdir
from runners.tools.call import ToolCall
from sessions_app.protocol.backoff import Backoff
from sessions_app.protocol.events import (
    AgentComplete,
    ApprovalRequest,
    Error,
    Event,
    Outcome,
    Retry,
    ToolResult,
)
from sessions_app.protocol.wire import Json

JITTER = 0.25  # as a fraction of the wait before a retry
REFUSED = (
    "Claude does not see its refused answer again: ask in other words, or for less."
)
CUT = 'What it said so far is kept. Write "go on" to have the rest.'
AGAIN = 'Write "go on" to have it try again.'
KEPT = "Its answer is kept."
TRUNCATED = "Claude's reply broke off: the connection ended before the reply did"


class Agent:
    """Runs a session: asks Claude, runs its tool calls, and emits events of every step.

    `conversation` is folded from the session's log so far. Only `run` awaits; the other
    methods may be called at any time from the same event loop.
    """

    def __init__(
        self,
        claude: MessagesModel,
        host: AgentHost,
        workdir: Workdir,
        options: Options,
        conversation: Conversation,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.conversation = conversation
        self._claude = claude
        self._host = host
        self._workdir = workdir
        self._options = options
        self._limits = options.limits
        context_tokens = known_model(options.model).context_tokens
        self._context_limit = self._limits.compact_at * context_tokens
        self._clock = clock
        self._tools = ToolRunner(host, workdir, options, conversation)
        self._stop = Stop()
        self._calls = ParallelCalls(self._tools, conversation, self._stop, self._emit)
        self._is_leaving = False
        self._rate_limiter = RateLimiter(clock)
        self._chance = SystemRandom()
        self._summarizer = Summarizer(
            conversation, workdir.root, options, clock, self._read, self._persist
        )
        self._begin()

    def _begin(self) -> None:
        self._began = self._clock()
        self._text = self.conversation.last_words
        self._cost = RunCost()
        self._pauses = 0  # consecutive replies that ended with pause_turn
        self._broken = 0  # consecutive turns in which no call could be run
        self._broken_off = 0  # consecutive replies whose stream broke off
        self._compactions = 0  # without compaction_turns good turns between them
        self._turns = 0  # good turns since the last compaction
        self._is_suspect = False  # compacted after the last InvalidRequest

    def interrupt(self) -> None:
        """Stop the current run; the session can be continued."""
        self._stop.set("interrupted")

    def cancel(self) -> None:
        """Stop the current run and end the session."""
        self._stop.set("cancelled")

    def leave(self) -> None:
        """Stop after the current step, so that another runner can take over."""
        self._is_leaving = True

    def break_away(self) -> None:
        """Stop at once, so that another runner can take over."""
        self._stop.set("left")

    def throttle(self, delay_ms: int) -> None:
        """Set the minimum pause between two API calls; 0 ends throttling."""
        self._rate_limiter.set(delay_ms)

    async def run(self) -> RunResult:
        """Run until Claude has ended its turn and no message waits.

        Raises HostClosed; nothing more is written to the log after that.
        """
        self._begin()
        status = await self._until_rest()
        if status == "left":
            return RunResult("interrupted", self._text, is_handed_over=True)
        complete = AgentComplete(
            status=status,
            usage=self._cost.usage,
            cost_usd=self._cost.cost_usd,
            duration_ms=round((self._clock() - self._began) * 1000),
        )
        await self._emit(complete)
        self._stop.clear()
        return RunResult(status, self._text)

    async def step(self) -> None:
        """Run one turn: read Claude's reply and run its tool calls."""
        if self.conversation.context_tokens >= self._context_limit:
            await self.compact("the context is nearly full", fits=True)
        try:
            turn = await self.query()
        except ContextOverflow as overflow:
            await self.compact(str(overflow))
            return
        except InvalidRequest as refused:
            await self._compact_on_suspicion(refused)
            return
        await self.act(turn)
        await self.hear()

    async def query(self) -> Turn:
        """Request a reply until one is complete. Raises Fatal and Stopped."""
        return await self._persist(self._attempt)

    async def compact(self, reason: str, *, fits: bool = False) -> None:
        """Have Claude summarize the conversation, and continue from the summary.

        `fits`: the whole conversation can still be sent. Raises Fatal, RunEnded and
        Stopped.
        """
        self._compactions += 1
        self._turns = 0
        if self._compactions > self._limits.compactions:
            message = f"still too long after a summary: {reason}"
            raise ContextOverflow(with_remedy("context_overflow", message))
        compacted = await self._summarizer.summarize(reason, self._cost, fits=fits)
        await self._emit(compacted)
        if not fits:
            # Shorten later outputs: reading the same output again would overflow the
            # context again.
            self._tools.shorten_outputs()

    async def _compact_on_suspicion(self, refused: InvalidRequest) -> None:
        """Compact a refused conversation, because its length may be the cause.

        Servers word "too long" differently, so the error alone does not tell. An
        earlier, shorter request was accepted. Raises the original error if a summary
        does not help.
        """
        if self._is_suspect or not self.conversation.has_reply:
            raise refused
        self._is_suspect = True
        try:
            await self.compact(f"refused since it has grown: {refused}")
        except (Fatal, RunEnded):
            raise refused from None

    async def _persist(self, ask: Callable[[], Awaitable[Turn]]) -> Turn:
        limits = self._limits
        backoff = Backoff(
            limits.first_delay_s, limits.longest_delay_s, JITTER, self._chance
        )
        attempt = 1
        while True:
            try:
                return await ask()
            except Retryable as failure:
                if attempt >= self._limits.attempts:
                    message = f"gave up after {attempt} attempts: {failure}"
                    raise Fatal(
                        failure.code, with_remedy(failure.code, message)
                    ) from failure
                hint_s = failure.delay_s
                if hint_s is not None:
                    hint_s = min(hint_s, limits.longest_hint_s)
                await self._back_off(attempt, failure, backoff.next_s(hint_s))
                attempt += 1

    async def act(self, turn: Turn) -> None:
        """Run the reply's tool calls and handle its stop reason.

        Raises RunEnded if the run cannot go on.
        """
        calls = turn.calls
        self._pauses = self._pauses + 1 if turn.stop_reason == "pause_turn" else 0
        if self._pauses > self._limits.pauses:
            await self._refuse(calls, "Claude paused too often")
            message = f"Claude paused {self._pauses} times in a row. {AGAIN}"
            raise RunEnded("error", "pause_turn", message)
        if turn.stop_reason in {"tool_use", "pause_turn", BROKEN_OFF} or (
            turn.stop_reason in CUT_SHORT and calls
        ):
            await self._calls.run(calls)
            self._count_broken(calls)
        elif turn.stop_reason == "model_context_window_exceeded":
            await self.compact("the answer came to the end of the context")
            return
        elif turn.stop_reason not in ENDS:
            await self._refuse(calls, f"Claude stopped with {turn.stop_reason}")
            await self._end_oddly(turn)
        self._note_good_turn()
        if turn.complete:
            self._broken_off = 0

    async def afford(self) -> None:
        """Wait until the budget allows another turn. Raises RunEnded and Stopped."""
        async with self._stop:
            reason = await self._host.afford()
        if reason:
            raise RunEnded("budget", "budget", reason)

    async def check_loop(self) -> None:
        """Ask a person whether to go on if recent turns only repeat earlier ones.

        Raises RunEnded and Stopped.
        """
        repetition, limits = self.conversation.repetition, self._limits
        if repetition.failed < limits.failed_repeats and (
            repetition.stale < limits.stale_repeats
        ):
            return
        request = repetition.question(self.conversation.next_turn)
        try:
            async with self._stop:
                approval = await self._host.ask(request)
        except Stopped as stopped:
            if stopped.status != "left":  # the next runner repeats the question
                await self._emit(_closed(request, "Not answered", is_error=True))
            raise
        self.conversation.apply(approval)
        if approval.decision == "approved":
            await self._emit(_closed(request, "Agreed"))
            return
        await self._emit(_closed(request, "Not agreed", is_error=True))
        why = f": {approval.reason}" if approval.reason else ""
        raise RunEnded("interrupted", "loop", f"Stopped going round in circles{why}")

    async def hear(self) -> None:
        """Add people's new messages to the conversation."""
        for message in await self._host.messages():
            self.conversation.apply(message)

    async def _until_rest(self) -> Outcome | Literal["left"]:
        try:
            await self._emit(*self.conversation.closing())
            await self._calls.run(self.conversation.unfinished)
            await self.hear()
            while self.conversation.awaits_claude:
                if self._is_leaving:
                    return "left"
                await self.afford()
                await self.check_loop()
                await self.step()
        except Stopped as stopped:
            return stopped.status
        except RunEnded as ended:
            await self._emit(Error(code=ended.code, message=str(ended), fatal=False))
            return ended.status
        except Fatal as failure:
            error = Error(code=failure.code, message=str(failure), fatal=True)
            await self._emit(error)
            return "error"
        return "success"

    async def _attempt(self) -> Turn:
        async with self._stop:
            await self._rate_limiter.wait()
        turn = Turn(
            self.conversation.next_turn,
            f"m{self.conversation.next_message}",
            self._options.model,
            self._clock,
            self.conversation.call_ids,
        )
        try:
            await self._stream(turn)
        except Retryable as failure:
            if turn.has_finished_calls and self._broken_off < self._limits.broken_off:
                await self._break_off(turn, failure)
                return turn
            await self._discard(turn, str(failure))
            raise
        except Fatal as failure:
            await self._discard(turn, str(failure))
            raise
        except Stopped as stopped:
            await self._cut(turn, stopped)
            raise
        finally:
            self._rate_limiter.ended()
        self._text = turn.text
        await self._emit(turn.end())
        return turn

    async def _stream(self, turn: Turn) -> None:
        request = build_request(
            self.conversation.messages, self._workdir.root, self._options
        )
        async with aclosing(self._read(request, turn)) as pieces:
            async for events in pieces:
                await self._emit(*events)
        self._cost.add(turn)

    async def _read(
        self, request: Json, turn: Turn
    ) -> AsyncGenerator[list[Event], None]:
        """Stream one reply into `turn`, and yield the events of each piece."""
        async with aclosing(self._claude.stream(request)) as stream:
            while not turn.complete:
                async with self._stop:
                    raws = await anext(stream, None)
                if raws is None:
                    raise Retryable("truncated", TRUNCATED)
                yield [event for raw in raws for event in turn.feed(raw)]

    async def _break_off(self, turn: Turn, failure: Retryable) -> None:
        """Keep the finished calls of a broken reply instead of requesting it again."""
        self._broken_off += 1
        self._cost.add(turn)
        retry = Retry(attempt=self._broken_off, delay_ms=0, error=str(failure))
        await self._emit(retry, *turn.break_off())
        dropped = [call.refused("the reply broke off") for call in turn.dropped_calls]
        await self._emit(*[await self._tools.run(call) for call in dropped])

    async def _discard(self, turn: Turn, reason: str) -> None:
        if turn.started:
            self._cost.add(turn)
            await self._emit(*turn.close(), turn.discarded(reason))

    async def _cut(self, turn: Turn, stopped: Stopped) -> None:
        """Keep the text of a stopped turn; its calls get a result without being run.

        If the session is handed over, the turn is discarded: the next runner requests
        the reply again.
        """
        if stopped.status == "left":
            await self._discard(turn, "its runner was stopped")
            return
        if turn.started:
            self._cost.add(turn)
            partials = turn.close()
            results = [self._tools.stopped(c, stopped.status) for c in turn.calls]
            await self._emit(*partials, turn.end(INTERRUPTED), *results)

    async def _back_off(self, attempt: int, failure: Retryable, wait_s: float) -> None:
        delay_ms = round(wait_s * 1000)
        retry = Retry(attempt=attempt, delay_ms=delay_ms, error=str(failure))
        await self._emit(retry)
        async with self._stop:
            await asyncio.sleep(wait_s)

    async def _end_oddly(self, turn: Turn) -> None:
        """Report a stop reason that is neither a normal end nor a request for tools.

        A reply with text and without calls is kept whatever an unknown stop reason
        says; all other cases end the run. Raises RunEnded.
        """
        reason = turn.stop_reason
        if reason == "refusal":
            raise RunEnded("error", "refusal", f"{turn.refusal}. {REFUSED}")
        if reason in CUT_SHORT:
            limit = f"the limit of {self._options.max_tokens:,} tokens for one reply"
            raise RunEnded("error", "max_tokens", f"The answer reached {limit}. {CUT}")
        message = f"Claude stopped for a reason that is not known here: {reason}"
        if turn.calls or not turn.text:
            raise RunEnded("error", "stop_reason", f"{message}. {AGAIN}")
        error = Error(code="stop_reason", message=f"{message}. {KEPT}", fatal=False)
        await self._emit(error)

    async def _refuse(self, calls: Sequence[ToolCall], reason: str) -> None:
        """Give calls that are not run an error result."""
        await self._calls.run([call.refused(reason) for call in calls])

    def _note_good_turn(self) -> None:
        """Count a good turn; enough of them reset the count of compactions.

        One turn is not enough to show that the summary has helped.
        """
        self._turns += 1
        self._is_suspect = False
        if self._turns >= self._limits.compaction_turns:
            self._compactions = 0

    def _count_broken(self, calls: Sequence[ToolCall]) -> None:
        broken = bool(calls) and all(call.problem for call in calls)
        self._broken = self._broken + 1 if broken else 0
        if self._broken >= self._limits.broken_turns:
            message = (
                f"None of Claude's calls could be run, {self._broken} turns in a row;"
                f" the last: {calls[-1].tool}, {calls[-1].problem}. {AGAIN}"
            )
            raise RunEnded("error", "broken_calls", message)

    async def _emit(self, *events: Event) -> None:
        if not events:
            return
        await self._host.emit(*events)
        for event in events:
            self.conversation.apply(event)


def _closed(
    request: ApprovalRequest, output: str, *, is_error: bool = False
) -> ToolResult:
    """Make the result that closes a question which belongs to no tool."""
    return ToolResult(
        tool_use_id=request.tool_use_id,
        tool=request.tool,
        output=output,
        is_error=is_error,
        duration_ms=0,
    )
