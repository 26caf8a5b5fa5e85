from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from runners.engines.claude_api.api.errors import (
    ContextOverflow,
    Fatal,
    InvalidRequest,
)
from runners.engines.claude_api.api.request import build_request
from runners.engines.claude_api.conversation.compaction import summary_messages
from runners.engines.claude_api.conversation.conversation import Conversation
from runners.engines.claude_api.options import Options
from runners.engines.claude_api.reply.turn import Turn
from runners.engines.claude_api.run_cost import RunCost
from runners.engines.claude_api.run_ended import RunEnded
from runners.port.streamed_text import Clock
from sessions_app.protocol.events import Compacted, Event
from sessions_app.protocol.wire import Json

Ask = Callable[[], Awaitable[Turn]]


@dataclass(frozen=True, slots=True)
class Summarizer:
    """Has Claude sum up a conversation that has become too long.

    `read` reads the reply to a request into a turn; `persist` asks again after failures
    that pass.
    """

    conversation: Conversation
    root: Path
    options: Options
    clock: Clock
    read: Callable[[Json, Turn], AsyncGenerator[list[Event], None]]
    persist: Callable[[Ask], Awaitable[Turn]]

    async def summarize(self, reason: str, cost: RunCost, *, fits: bool) -> Compacted:
        """Ask for a summary, of less and less while the conversation is too long.

        If it `fits`, it is sent as it is first, so that the prompt cache has all of it.
        Each attempt is added to `cost`. Raises Fatal, RunEnded and Stopped.
        """
        spent = RunCost()
        failure: Fatal | None = None
        for chars in (*([None] if fits else []), *self.options.limits.compaction_chars):
            ask = partial(self._ask, chars, (cost, spent))
            try:
                turn = await self.persist(ask)
            except (ContextOverflow, InvalidRequest) as error:
                failure = error
                continue
            if turn.text and (chars is not None or not turn.calls):
                return Compacted(
                    summary=turn.text,
                    reason=reason,
                    usage=spent.usage,
                    cost_usd=spent.cost_usd,
                )
            if chars is not None:
                break
        raise failure or RunEnded("error", "compaction", "Claude wrote no summary")

    async def _ask(self, output_chars: int | None, costs: tuple[RunCost, ...]) -> Turn:
        """Ask once; viewers see the summary when it is whole.

        To forbid the tools would change what the cache compares, so a conversation that
        is sent as it is keeps them.
        """
        turn = Turn(0, "", self.options.model, self.clock)
        messages = summary_messages(self.conversation.messages, output_chars)
        request = build_request(messages, self.root, self.options)
        if output_chars is not None:
            request["tool_choice"] = {"type": "none"}
        try:
            async with aclosing(self.read(request, turn)) as pieces:
                async for _ in pieces:
                    pass  # nobody sees its deltas
        finally:
            if turn.started:
                for cost in costs:
                    cost.add(turn)
        return turn
