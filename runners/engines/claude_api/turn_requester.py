import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from pathlib import Path
from random import SystemRandom

from runners.engines.claude_api.api.errors import Fatal, Retryable
from runners.engines.claude_api.api.hints import with_remedy
from runners.engines.claude_api.api.port import MessagesModel
from runners.engines.claude_api.api.request import build_request
from runners.engines.claude_api.conversation.conversation import Conversation
from runners.engines.claude_api.options import Options
from runners.engines.claude_api.reply.stop_reason import INTERRUPTED
from runners.engines.claude_api.reply.turn import Turn
from runners.engines.claude_api.run.rate_limiter import RateLimiter
from runners.engines.claude_api.run.run_cost import RunCost
from runners.engines.claude_api.run.stop import Stop, Stopped
from runners.engines.claude_api.tool_runner import ToolRunner
from runners.port.streamed_text import Clock
from sessions_app.protocol.backoff import Backoff
from sessions_app.protocol.events import Event, Retry
from sessions_app.protocol.wire import Json

JITTER = 0.25  # as a fraction of the wait before a retry
TRUNCATED = "Claude's reply broke off: the connection ended before the reply did"
Emit = Callable[..., Awaitable[None]]


class TurnRequester:
    """Requests replies of Claude and emits their events while they stream.

    A failed attempt is tried again: its turn is discarded, or its finished calls are
    kept. `cost` is that of all attempts since `begin`.
    """

    def __init__(
        self,
        claude: MessagesModel,
        conversation: Conversation,
        root: Path,
        options: Options,
        tools: ToolRunner,
        stop: Stop,
        emit: Emit,
        clock: Clock,
    ) -> None:
        self._claude = claude
        self._conversation = conversation
        self._root = root
        self._options = options
        self._limits = options.limits
        self._tools = tools
        self._stop = stop
        self._emit = emit
        self._clock = clock
        self._rate_limiter = RateLimiter(clock)
        self._chance = SystemRandom()
        self.begin()

    def begin(self) -> None:
        """Begin a run."""
        self.cost = RunCost()
        self._broken_off = 0  # consecutive replies whose stream broke off

    def throttle(self, delay_ms: int) -> None:
        """Set the minimum pause between two API calls; 0 ends throttling."""
        self._rate_limiter.set(delay_ms)

    async def query(self) -> Turn:
        """Request a reply until one is complete. Raises Fatal and Stopped."""
        turn = await self.persist(self._attempt)
        if turn.complete:
            self._broken_off = 0
        return turn

    async def persist(self, ask: Callable[[], Awaitable[Turn]]) -> Turn:
        """Try again after failures that pass. Raises Fatal and Stopped."""
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

    async def _attempt(self) -> Turn:
        async with self._stop:
            await self._rate_limiter.wait()
        turn = Turn(
            self._conversation.next_turn,
            f"m{self._conversation.next_message}",
            self._options.model,
            self._clock,
            self._conversation.call_ids,
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
        await self._emit(turn.end())
        return turn

    async def _stream(self, turn: Turn) -> None:
        request = build_request(self._conversation.messages, self._root, self._options)
        async with aclosing(self.read(request, turn)) as pieces:
            async for events in pieces:
                await self._emit(*events)
        self.cost.add(turn)

    async def read(
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
        self.cost.add(turn)
        retry = Retry(attempt=self._broken_off, delay_ms=0, error=str(failure))
        await self._emit(retry, *turn.break_off())
        dropped = [call.refused("the reply broke off") for call in turn.dropped_calls]
        await self._emit(*[await self._tools.run(call) for call in dropped])

    async def _discard(self, turn: Turn, reason: str) -> None:
        if turn.started:
            self.cost.add(turn)
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
            self.cost.add(turn)
            partials = turn.close()
            results = [self._tools.stopped(c, stopped.status) for c in turn.calls]
            await self._emit(*partials, turn.end(INTERRUPTED), *results)

    async def _back_off(self, attempt: int, failure: Retryable, wait_s: float) -> None:
        delay_ms = round(wait_s * 1000)
        retry = Retry(attempt=attempt, delay_ms=delay_ms, error=str(failure))
        await self._emit(retry)
        async with self._stop:
            await asyncio.sleep(wait_s)
