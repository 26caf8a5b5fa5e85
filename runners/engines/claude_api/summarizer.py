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
from runners.engines.claude_api.run.run_cost import RunCost
from runners.engines.claude_api.run.run_ended import RunEnded
from runners.port.streamed_text import Clock
from sessions_app.protocol.events import Compacted, Event
from sessions_app.protocol.wire import Json

Ask = Callable[[], Awaitable[Turn]]


@dataclass(frozen=True, slots=True)
class Summarizer:
    """Has Claude summarize a conversation that has become too long.

    `read` streams the reply to a request into a turn; `persist` retries after transient
    failures.
    """

    conversation: Conversation
    root: Path
    options: Options
    clock: Clock
    read: Callable[[Json, Turn], AsyncGenerator[list[Event], None]]
    persist: Callable[[Ask], Awaitable[Turn]]

    async def summarize(self, reason: str, cost: RunCost, *, fits: bool) -> Compacted:
        """Request a summary, with shorter tool outputs each time it is still too long.

        If the conversation `fits`, it is first sent unchanged, so that all of it is
        read from the prompt cache. Each attempt is added to `cost`. Raises Fatal,
        RunEnded and Stopped.
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
        """Request the summary once; viewers see it only when it is complete.

        `tool_choice` is part of what the prompt cache compares, so an unchanged
        conversation is sent without it.
        """
        turn = Turn(0, "", self.options.model, self.clock)
        messages = summary_messages(self.conversation.messages, output_chars)
        request = build_request(messages, self.root, self.options)
        if output_chars is not None:
            request["tool_choice"] = {"type": "none"}
        try:
            async with aclosing(self.read(request, turn)) as pieces:
                async for _ in pieces:
                    pass  # its deltas are not shown
        finally:
            if turn.started:
                for cost in costs:
                    cost.add(turn)
        return turn
