import time
from collections.abc import Callable, Sequence
from typing import Literal

from runners.engines.claude_api.api.errors import (
    ContextOverflow,
    Fatal,
    InvalidRequest,
)
from runners.engines.claude_api.api.hints import with_remedy
from runners.engines.claude_api.api.port import MessagesModel
from runners.engines.claude_api.conversation.conversation import Conversation
from runners.engines.claude_api.options import Options
from runners.engines.claude_api.parallel_calls import ParallelCalls
from runners.engines.claude_api.reply.stop_reason import (
    BROKEN_OFF,
    CUT_SHORT,
    ENDS,
)
from runners.engines.claude_api.reply.turn import Turn
from runners.engines.claude_api.run.loop_check import LoopCheck
from runners.engines.claude_api.run.run_ended import RunEnded
from runners.engines.claude_api.run.stop import Stop, Stopped
from runners.engines.claude_api.summarizer import Summarizer
from runners.engines.claude_api.tool_runner import ToolRunner
from runners.engines.claude_api.turn_requester import TurnRequester
from runners.port.host import AgentHost
from runners.port.model_table import known_model
from runners.port.run import RunResult
from runners.sandbox.workdir import Workdir
from runners.tools.call import ToolCall
from sessions_app.protocol.events import (
    AgentComplete,
    Error,
    Event,
    Outcome,
)

REFUSED = (
    "Claude does not see its refused answer again: ask in other words, or for less."
)
CUT = 'What it said so far is kept. Write "go on" to have the rest.'
AGAIN = 'Write "go on" to have it try again.'
KEPT = "Its answer is kept."


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
        self._host = host
        self._options = options
        self._limits = options.limits
        context_tokens = known_model(options.model).context_tokens
        self._context_limit = self._limits.compact_at * context_tokens
        self._clock = clock
        self._tools = ToolRunner(host, workdir, options, conversation)
        self._stop = Stop()
        self._calls = ParallelCalls(self._tools, conversation, self._stop, self._emit)
        self._is_leaving = False
        self._requester = TurnRequester(
            claude,
            conversation,
            workdir.root,
            options,
            self._tools,
            self._stop,
            self._emit,
            clock,
        )
        self._loop_check = LoopCheck(
            host, conversation, options.limits, self._stop, self._emit
        )
        self._summarizer = Summarizer(
            conversation,
            workdir.root,
            options,
            clock,
            self._requester.read,
            self._requester.persist,
        )
        self._begin()

    def _begin(self) -> None:
        self._began = self._clock()
        self._text = self.conversation.last_words
        self._requester.begin()
        self._pauses = 0  # consecutive replies that ended with pause_turn
        self._broken = 0  # consecutive turns in which no call could be run
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
        self._requester.throttle(delay_ms)

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
            usage=self._requester.cost.usage,
            cost_usd=self._requester.cost.cost_usd,
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
            turn = await self._requester.query()
        except ContextOverflow as overflow:
            await self.compact(str(overflow))
            return
        except InvalidRequest as refused:
            await self._compact_on_suspicion(refused)
            return
        if turn.complete:
            self._text = turn.text
        await self.act(turn)
        await self.receive_messages()

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
        compacted = await self._summarizer.summarize(
            reason, self._requester.cost, fits=fits
        )
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

    async def afford(self) -> None:
        """Wait until the budget allows another turn. Raises RunEnded and Stopped."""
        async with self._stop:
            reason = await self._host.afford()
        if reason:
            raise RunEnded("budget", "budget", reason)

    async def receive_messages(self) -> None:
        """Add people's new messages to the conversation."""
        for message in await self._host.messages():
            self.conversation.apply(message)

    async def _until_rest(self) -> Outcome | Literal["left"]:
        try:
            await self._emit(*self.conversation.closing())
            await self._calls.run(self.conversation.unfinished)
            await self.receive_messages()
            while self.conversation.awaits_claude:
                if self._is_leaving:
                    return "left"
                await self.afford()
                await self._loop_check.check()
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
